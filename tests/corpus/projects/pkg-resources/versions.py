import pkg_resources


def predict(values):
    return [pkg_resources.parse_version(str(value)).is_prerelease for value in values]
