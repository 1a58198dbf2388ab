"""One thing of the graph as it is shown: its address, its neighbours, their names, its figures."""
