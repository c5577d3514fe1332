"""The double of Loymax: one installation with its token, Public, System and processing APIs."""
