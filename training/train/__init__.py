"""What the page Train needs of pictures: ``python -m training.train`` draws its example."""
