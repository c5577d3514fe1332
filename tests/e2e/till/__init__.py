"""The till: a scripted day against an independent reckoning, and the simulator itself."""
