"""Notes: what radiologists write about a finding, understood in the words of CBIS-DDSM, and scored."""
