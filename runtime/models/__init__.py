"""Models: from a source to a folder, from a folder to a loaded, adapted, saved and merged model."""
