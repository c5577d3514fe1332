"""The fault legs: the same work while something goes wrong, under the same supervision for all."""
