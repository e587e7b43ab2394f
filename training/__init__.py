"""Recipes: data in, a folder under assets/models out, measured figures into its model card."""
