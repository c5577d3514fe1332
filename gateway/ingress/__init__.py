"""HTTP door and queues: what the outside tells us. It is in the inbox before it is answered.

Nothing is imported here: a worker reads messages of queues and loads no HTTP server for that.
"""
