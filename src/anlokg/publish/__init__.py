"""Publishes a release to a server of others: graph by graph, by the Graph Store HTTP Protocol.

``graphs`` reads the release, ``store`` writes to the server, ``state`` keeps there what has been
loaded, ``verify`` asks the server whether it is all there, ``run`` does one after the other.
"""
