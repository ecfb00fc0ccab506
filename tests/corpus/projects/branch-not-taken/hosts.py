def predict(values):
    return [decoded(str(value)) for value in values]


def decoded(host):
    if host.startswith("xn--"):
        import idna

        return idna.decode(host)
    return host
