//! What can be wrong with settings beyond their types (those are [`diagnostics::toml::codes`](crate::diagnostics::toml::codes)).

crate::diagnostics::diagnostic_codes! {
    UNREADABLE = "S001", "file can't be read", "The settings file, or a file that it names for a secret or a certificate, \
        can't be opened or isn't text. Relative paths start from the folder of the settings file.";
    BAD_NAME = "S002", "not a name", "Names of bridges, clients and directories label logs and metrics and stand in names of \
        environment variables: small letters, digits, `-` and single `_`, beginning with a letter or digit.";
    UNKNOWN_VARIABLE = "S003", "environment variable names no setting", "A variable that begins with `SCIMFRONT__` must name a \
        setting: the keys on the way to it in capitals, with two underscores between them. `-` in a name is written `_`.";
    BAD_VARIABLE = "S004", "environment variable has a bad value", "The variable's value isn't what the setting takes. The value \
        isn't shown, as it may be secret. A list is one string with commas.";
    TWICE = "S005", "given as value and as file", "A secret stands in the settings or in a file of its own, never both: \
        otherwise it is unclear which one is replaced.";
    BAD_LISTEN = "S006", "not an address to listen on", "`listen` is an IP address and a port: `127.0.0.1:8080`, `[::]:8080`, \
        `0.0.0.0:8080`. Host names aren't looked up.";
    BAD_BASE_URL = "S007", "not a base URL", "`base_url` is what `meta.location` and `$ref` begin with: `http` or `https`, a \
        host, perhaps a port and a path; no user, query or fragment.";
    NO_BASE_URL = "S008", "base URL needed", "Locations in answers must be right for whoever asks. On loopback they can be worked \
        out from the address; otherwise `base_url` says what clients see. It is never taken from request headers, which lie.";
    BAD_LEVEL = "S009", "not a log level", "`level` is `error`, `warn`, `info`, `debug` or `trace`, or a list of directives such as \
        `info,scimfront::directory=debug`.";
    BAD_PATH = "S010", "not a path", "The path of a bridge begins with `/`; its segments are made of letters, digits and `-._~`.";
    SAME_PATH = "S011", "paths overlap", "Two bridges can't answer at the same path, nor one below another's: `/scim/Users` would \
        belong to both.";
    BAD_MAPPING = "S012", "not a mapping", "`mapping` is the path of a mapping file, or `builtin:` and the name of a preset.";
    BAD_CURSOR_KEY = "S013", "not a cursor key", "A cursor key is 32 bytes, written as 64 hexadecimal digits or in base64. \
        `openssl rand -hex 32` makes one. Instances that serve the same clients need the same key.";
    BAD_TOKEN = "S014", "not a token's hash", "A client's token is stored as its SHA-256 hash: 64 hexadecimal digits. \
        `printf %s \"$TOKEN\" | sha256sum` prints it. A file holds one hash a line.";
    SAME_TOKEN = "S015", "two clients with one token", "A token or certificate says who the client is, so no two clients of a bridge can share it.";
    NO_CLIENT = "S016", "no client", "A bridge without clients refuses every request.";
    BAD_URL = "S017", "not an LDAP URL", "A directory's URL is `ldap://host`, `ldaps://host`, either perhaps with `:port`, or \
        `ldapi://` and the percent-encoded path of a socket. Bases and filters belong into the mapping.";
    BAD_BIND = "S018", "credentials don't fit together", "A simple bind needs `bind_dn` and a password; `external` takes the identity of \
        a client certificate or of the socket's peer and needs neither.";
    EMPTY_PASSWORD = "S019", "empty password", "LDAP takes a simple bind with an empty password for anonymous and says success \
        (RFC 4513 section 5.1.2): it would look like a login and be none.";
    CLEAR_PASSWORD = "S020", "password sent in clear", "Whoever can listen on the way to the directory reads the password and \
        everything else. Use `ldaps://` or `starttls = true`.";
    BAD_TLS = "S021", "TLS settings don't fit together", "StartTLS secures `ldap://` alone; a client certificate needs its key and the \
        other way round; certificates mean something on TLS connections alone.";
    NO_VERIFICATION = "S022", "certificates aren't verified", "Anyone on the way can pose as the directory, read the bind password and \
        change what is read. Put the authority's certificate into `ca_file` instead.";
    BAD_LIMIT = "S023", "limits contradict each other", "One limit makes another meaningless.";
    ZERO = "S024", "zero", "A wait or lifetime of nothing can't work. To turn something off, use its switch.";
    BAD_SRV = "S030", "servers can't be looked up so", "`srv` is a domain (`example.com`, whose `_ldap._tcp` records are asked for) or the \
        whole name of SRV records; `srv_ldaps` and `srv_resolver` go with it.";
    BAD_NETWORK = "S026", "not a network", "A network is an IP address, perhaps with `/` and how many of its bits are the network's: \
        `10.0.0.0/8`. Names aren't looked up.";
    BAD_CERTIFICATE = "S027", "not a name in a certificate", "A client certificate is told by a subject alternative name (a DNS name, an \
        e-mail address, a URI or an IP address), or by its subject, as a DN in the form of RFC 4514.";
    BAD_CONFINEMENT = "S040", "client confined to nothing", "What a client is confined to must be something: types, attributes and filters by \
        the names that the mapping has, containers by their DNs.";
    BAD_JWT = "S041", "authorization server can't be used so", "An authorization server is known by its issuer, the audience that its tokens \
        have for this service, and its keys, from an https:// URL or a file. Clients refer to it by name.";
    BAD_PASSWORD = "S042", "name and password can't be used so", "`basic` has a name and a hash by Argon2 (`scimfront password` makes one); \
        `ldap_bind` a DN to bind as, in which `{user}` is a value of its own.";
    BAD_IDENTITY = "S043", "not an identity in the directory", "Proxied authorization asks on behalf of an `authz_id` (RFC 4513 section \
        5.2.1.8); connections of a client's own take a password that it has shown.";
    BAD_TRACE = "S044", "traces can't be sent so", "Traces go to a collector's http:// or https:// URL, from a build with the feature `otel` \
        alone; `share` is from 0 (none) to 1 (all).";
    UNUSED = "S028", "setting without effect", "The setting is allowed, but another one makes it mean nothing.";
    UNFIT = "S025", "setting doesn't fit", "The merged settings can't be understood, although each value on its own could.";
}
