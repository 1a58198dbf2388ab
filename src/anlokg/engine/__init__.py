"""Answers SPARQL: embedded in this process, or by killable workers behind a keeper.

``embedded`` runs queries where it stands. For a service there is ``pool``: it talks to a ``keeper``
process, which loads the graph once and forks ``worker`` processes that share its memory; each runs
one query at a time and is killed when the query breaks a limit.
"""
