"""What is generated from the declarations: the language's reference and the JSON Schemas of documents."""
