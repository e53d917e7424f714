"""What is computed of a picture or a shape, with Pillow and trimesh. Knows no works and no database."""
