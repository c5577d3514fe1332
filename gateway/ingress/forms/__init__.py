"""Forms: questionnaires as pages, ``/forms/{name}``, for any phone, with and without scripts."""
