//! Refused, unanswered, unnamed and untrusted connections.
//!
//! One family, because the same client libraries report all of them in neighbouring words. A refused connection is
//! listed here as remote; `ranking` turns it into localhost, or into unknown, once it knows the address.
//! Deliberately not here: refused *pulls* and *probes*, which are the platform's.

use super::super::cause::Cause::{
    ConnectionRefusedRemote as REFUSED, DnsFailure as DNS, TimeoutConnect as TIMEOUT, TlsCertExpiredOrUntrusted as TLS,
};
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    rule(REFUSED, 60, r"connect ECONNREFUSED (?P<host>\[?[\w.:-]*?\]?):(?P<port>\d+)"),
    rule(REFUSED, 60, r"dial tcp (?P<host>\[[^\]]*\]|[\w.-]*):(?P<port>\d+): (?:connect|connectex): .*refused"),
    rule(
        REFUSED,
        60,
        r#"connection to server at "(?P<host>[^"]+)"(?: \((?P<ip>[^)]*)\))?, port (?P<port>\d+) failed: Connection refused"#,
    ),
    rule(REFUSED, 58, r"(?i)Connection to (?P<host>[\w.-]+):(?P<port>\d+) refused"),
    rule(REFUSED, 58, r"(?i)connect(?:ion)? to (?:/)?(?P<host>[\w.-]+):(?P<port>\d+).*(?:failed|refused).*refused"),
    rule(
        REFUSED,
        58,
        r"(?i)(?:could not|cannot|can't|unable to|failed to) connect to .*?(?P<host>(?:\d{1,3}\.){3}\d{1,3}|localhost|\[?::1\]?|[\w-]+(?:\.[\w-]+)*)(?::| port )(?P<port>\d+).*refused",
    ),
    rule(
        REFUSED,
        58,
        r#"(?i)Connection (?:was )?refused.*(?:Is the server running on (?:that )?host "(?P<host>[^"]+)")"#,
    ),
    rule(REFUSED, 58, r"(?i)(?:Error 111|Errno 111)\D{0,12}connecting to (?P<host>[\w.-]+):(?P<port>\d+)"),
    rule(
        REFUSED,
        58,
        r"(?i)Can't connect to (?:MySQL|MariaDB) server on '(?P<host>[^':]+)(?::(?P<port>\d+))?'.*\((?:\[Errno )?(?:111|10061|61)\b.*\)",
    ),
    rule(REFUSED, 58, r"(?i)No connection could be made because the target machine actively refused it"),
    rule(
        REFUSED,
        57,
        r"HTTPS?ConnectionPool\(host='(?P<host>[^']+)', port=(?P<port>\d+)\).*(?:\[Errno 111\]|Connection refused)",
    ),
    rule(
        REFUSED,
        57,
        r"(?i)connect\(\) failed \(111: Connection refused\)(?:.*upstream: .\w+://(?P<host>[\w.-]+):(?P<port>\d+))?",
    ),
    rule(REFUSED, 56, r"(?i)Connection refused .*\((?P<host>[\w.:-]+):(?P<port>\d+)\)"),
    rule(REFUSED, 56, r"(?i)Connection refused \[?(?:tcp://)?(?P<host>[\w.-]+):(?P<port>\d+)"),
    rule(REFUSED, 56, r"(?i)Connection refused: (?:localhost/|/|[\w.-]+/)?(?P<host>[\w.-]+):(?P<port>\d+)"),
    rule(
        REFUSED,
        56,
        r"(?i)(?P<host>(?:\d{1,3}\.){3}\d{1,3}|localhost):(?P<port>\d+)\W.{0,80}\b(?:connection refused|ECONNREFUSED)",
    ),
    rule(REFUSED, 52, r"\bECONNREFUSED\b"),
    rule(REFUSED, 50, r"(?i)\bConnection refused\b|ConnectionRefusedError|actively refused"),
    // A host is named but does not answer.
    rule(TIMEOUT, 58, r"connect ETIMEDOUT(?: (?P<host>[\w.:-]*?):(?P<port>\d+))?"),
    rule(
        TIMEOUT,
        58,
        r"dial tcp (?P<host>\[[^\]]*\]|[\w.-]+):(?P<port>\d+): (?:i/o timeout|connect: (?:connection|operation) timed out|connect: no route to host)",
    ),
    rule(
        TIMEOUT,
        58,
        r#"connection to server at "(?P<host>[^"]+)".*port (?P<port>\d+) failed: (?:Connection timed out|timeout expired|Operation timed out|No route to host)"#,
    ),
    rule(TIMEOUT, 57, r"(?i)could not connect to server: (?:Connection|Operation) timed out"),
    rule(
        TIMEOUT,
        57,
        r"(?i)(?:java\.net\.)?(?:SocketTimeoutException|ConnectException): (?:connect timed out|Connection timed out|Connect timed out|Operation timed out)",
    ),
    rule(TIMEOUT, 57, r"(?i)ConnectTimeout(?:Error|Exception)?\b|UND_ERR_CONNECT_TIMEOUT"),
    rule(TIMEOUT, 57, r"(?i)Connection to (?P<host>[\w.-]+)(?::(?P<port>\d+))? timed out"),
    rule(
        TIMEOUT,
        57,
        r"(?i)(?:Net::OpenTimeout|execution expired).*(?:open|connect)|Failed to open TCP connection to (?P<host>[\w.-]+):(?P<port>\d+) \((?:execution expired|Connection timed out)",
    ),
    rule(
        TIMEOUT,
        56,
        r"(?i)(?:MongooseServerSelectionError|MongoServerSelectionError|MongoTimeoutError|ServerSelectionTimeoutError).*(?:timed out|timeout|ETIMEDOUT)",
    ),
    rule(
        TIMEOUT,
        55,
        r"(?i)Connection Timeout Expired|Timeout expired\. +The timeout period elapsed|The connection attempt (?:failed|timed out)\W+.*timed out",
    ),
    rule(
        TIMEOUT,
        54,
        r"(?i)SQLSTATE\[\w+\] \[\d+\] (?:Connection|Operation) timed out|(?:failed|unable) to (?:connect|open).*(?:timed out|timeout)",
    ),
    rule(TIMEOUT, 54, r"(?i)Can't connect to \w+ server on '(?P<host>[^']+)'.*\((?:110|60|113|timed out).*\)"),
    rule(
        TIMEOUT,
        54,
        r"(?i)connection (?:to \S+ )?timed out|connect(?:ion)? timeout|timed? ?out (?:while )?(?:trying to )?connect|connecting to \S+ timed out|wait(?:ing|ed)? for \S+:\d+.*(?:timed out|timeout)|timeout occurred after waiting",
    ),
    rule(
        TIMEOUT,
        52,
        r"\bETIMEDOUT\b|\bEHOSTUNREACH\b|(?i)no route to host|host is unreachable|network is unreachable|os error 110\b",
    ),
    rule(
        TIMEOUT,
        46,
        r"(?i)context deadline exceeded|i/o timeout|deadline has elapsed|Gave up waiting|timeout: \S+ not available|SequelizeConnectionAcquireTimeout|pool timed out",
    ),
    // No address for the name.
    rule(DNS, 60, r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<host>[\w.-]+)"),
    rule(
        DNS,
        60,
        r"lookup (?P<host>[\w.-]+)(?: on [\w.:\[\]]+)?:.*(?:no such host|server misbehaving|i/o timeout|Temporary failure)",
    ),
    rule(DNS, 60, r#"host not found in upstream "(?P<host>[^":]+)"#),
    rule(DNS, 60, r#"could not translate host name "(?P<host>[^"]+)" to address"#),
    rule(DNS, 60, r"(?:java\.net\.)?UnknownHostException:? ?(?P<host>[\w.-]+)?"),
    rule(
        DNS,
        59,
        r"(?i)\[Errno -[235]\]|nodename nor servname|Name or service not known|No address associated with hostname",
    ),
    rule(DNS, 59, r"(?i)Temporary failure in name resolution|failure in name resolution|Try again.*name resolution"),
    rule(
        DNS,
        59,
        r"(?i)failed to lookup address information|NameResolutionError|getaddrinfo(?: for (?P<host>[\w.-]+))? failed",
    ),
    rule(
        DNS,
        59,
        r"(?i)could not resolve host(?:name)?:? ?'?(?P<host>[\w.-]+)?|bad address '(?P<host2>[\w.-]+)'|Unknown (?:MySQL|MariaDB) server host '(?P<host3>[^']+)'",
    ),
    rule(
        DNS,
        58,
        r"(?i)UnknownHostError|No such host is known|unable to resolve (?:host|hostname|address|the (?:host|name))|DNS (?:resolution|lookup) (?:failed|error)|NXDOMAIN|dns error",
    ),
    rule(DNS, 58, r"\bENOTFOUND\b|\bEAI_AGAIN\b"),
    // A certificate that is not accepted.
    rule(TLS, 60, r"x509: (?P<detail>.+)"),
    rule(TLS, 60, r"CERTIFICATE_VERIFY_FAILED|certificate verify failed"),
    rule(
        TLS,
        60,
        r"PKIX path (?:building|validation) failed|unable to find valid certification path|CertificateExpiredException|CertPathValidatorException|CertificateNotYetValid|No subject alternative",
    ),
    rule(
        TLS,
        60,
        r"\b(?:CERT_HAS_EXPIRED|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|ERR_TLS_CERT_ALTNAME_INVALID)\b",
    ),
    rule(
        TLS,
        58,
        r"(?i)certificate (?:has expired|is not trusted|not yet valid|signed by unknown authority|unknown authority)|self[- ]signed certificate(?: in certificate chain)?|unable to (?:verify the first|get local issuer) certificate",
    ),
    rule(
        TLS,
        58,
        r"(?i)invalid peer certificate: ?(?P<detail>\w+)|UnknownIssuer|CertExpired|CertNotValidForName|RemoteCertificate(?:NameMismatch|ChainErrors)|remote certificate (?:is|was) (?:invalid|rejected)|UntrustedRoot",
    ),
    rule(
        TLS,
        56,
        r"(?i)hostname .* doesn't match|tls: (?:bad certificate|unknown certificate|certificate)|SSL certificate problem|server certificate verification failed|Expected certificate to|sslv3 alert certificate|alert unknown ca|ssl certificate (?:error|verification)",
    ),
];
