"""Pages and addresses of the gallery: bytes in, a page or a file out. What they show is asked of the modules beside."""
