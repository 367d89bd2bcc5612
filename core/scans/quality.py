assess = None


class Quality:
    pass
