"""What a worker process does: `runner` one generation, `live` boards that are being drawn on, and what takes longer."""
