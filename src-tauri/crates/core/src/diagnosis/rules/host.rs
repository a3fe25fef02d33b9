//! What the machine refuses: access, ports, memory, disk, and programs it cannot start.
//!
//! One family, because the same release works on another machine. Deliberately not here: refusals by a scheduler or a
//! registry, which are the platform's.

use super::super::cause::Cause::{
    DiskFull as DISK, ExecFormatOrMissingEntrypoint as EXEC, OomKilled as MEMORY, PermissionDenied as ACCESS,
    PortInUse as PORT,
};
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    rule(ACCESS, 58, r"(?:EACCES|EPERM): (?:permission denied|operation not permitted), \w+ '(?P<file>[^']+)'"),
    rule(
        ACCESS,
        59,
        r"listen (?:EACCES|EPERM):? ?(?:permission denied )?(?P<host>[\w.:]*?):?(?P<port>\d+)?$|bind(?:\(\))? (?:to \S+ )?(?:failed|:).*(?:13: )?permission denied|listen tcp \S*:(?P<port2>\d+): bind: permission denied",
    ),
    rule(
        ACCESS,
        58,
        r#"PermissionError: \[Errno (?:1|13)\] [^:]+(?:: (?P<file>['"][^'"]+['"]))?|Errno::(?:EACCES|EPERM)"#,
    ),
    rule(
        ACCESS,
        58,
        r"(?:open|mkdir|stat|read|write|chown|chmod|unlink|remove|rename|chdir|create|fork/exec|scandir) (?P<file>[\w./~-]+): (?:permission denied|operation not permitted|read-only file system)",
    ),
    rule(
        ACCESS,
        57,
        r"(?:AccessDeniedException|FileNotFoundException): (?P<file>[\w./-]+)(?: \(Permission denied\))|java\.nio\.file\.AccessDeniedException: (?P<file2>\S+)|UnauthorizedAccessException: Access to the path '(?P<file3>[^']+)' is denied|FileSystemException: \S+: Read-only",
    ),
    rule(
        ACCESS,
        56,
        r#"(?i)(?:failed to open stream|could not (?:open|create|access|change|write)|cannot (?:open|create|touch|make|access|remove|write)|can't (?:open|create|write|access)|unable to (?:open|create|write)|failed to (?:open|create|write)|data directory "\S+" has (?:wrong ownership|invalid permissions)).{0,160}(?:permission denied|operation not permitted|read-only file system)"#,
    ),
    rule(
        ACCESS,
        57,
        r#"data directory "(?P<file>[^"]+)" has (?:wrong ownership|invalid permissions)|AccessDeniedException\b.*/|permission denied while trying to connect to the Docker daemon|"root" execution of the PostgreSQL server is not permitted|initdb: error: cannot be run as root"#,
    ),
    rule(
        ACCESS,
        55,
        r"\((?:13|1): (?:Permission denied|Operation not permitted)\)|PermissionDenied\b|Permission denied \(os error 13\)|Operation not permitted \(os error 1\)",
    ),
    rule(
        ACCESS,
        50,
        r"(?i)\bpermission denied\b|operation not permitted|\bEACCES\b|\bEPERM\b|\bEROFS\b|read-only file system|not writable|is not writeable",
    ),
    rule(
        PORT,
        60,
        r"listen EADDRINUSE:? ?(?:address already in use )?(?P<host>[\w.:*\[\]]*?):?(?P<port>\d+)?$|\bEADDRINUSE\b",
    ),
    rule(
        PORT,
        60,
        r"listen (?:tcp|udp)\d? (?P<host>[\w.\[\]:]*?):(?P<port>\d+): bind: (?:address already in use|Only one usage)",
    ),
    // An engine that publishes a port, and our own words for a process.
    rule(
        PORT,
        60,
        r"(?i)failed to bind host port (?:for )?(?P<host>[\d.]+|\[[^\]]*\]):(?P<port>\d+)|something else listens on port (?P<port2>\d+)",
    ),
    rule(PORT, 60, r"bind\(\) to (?P<host>[\w.\[\]:]+?):(?P<port>\d+) failed \((?:98|48|10048)"),
    rule(
        PORT,
        60,
        r"(?i)Bind for (?P<host>[\w.:]+?):(?P<port>\d+) failed: port is already allocated|ports are not available|port is already allocated",
    ),
    rule(
        PORT,
        60,
        r"(?i)Web server failed to start\. Port (?P<port>\d+) was already in use|Port (?P<port2>\d+) (?:is|was) (?:already )?(?:in use|allocated|taken|occupied)",
    ),
    rule(
        PORT,
        59,
        r"(?i)Failed to bind to (?:address )?(?:https?://)?(?P<host>[\w.\[\]:]+?):(?P<port>\d+): address already in use|Address already in use(?: - bind\(2\) for (?P<host2>\S+) port (?P<port2>\d+))?|\[Errno (?:98|48)\]|os error (?:98|48)\b|Only one usage of each socket address",
    ),
    rule(
        PORT,
        58,
        r"(?i)java\.net\.BindException|could not bind IPv[46] address .*in use|could not create (?:any|listen) (?:TCP/IP )?socket|Can't start server: Bind on TCP/IP port|already listening on|Connection in use: \('(?P<host>[^']+)', (?P<port>\d+)\)",
    ),
    rule(PORT, 59, r"(?i)\b(?:bind|listen)\w*\b.{0,60}\baddress (?:is )?(?:already )?in use"),
    // Not `"OOMKilled": false`, which every engine prints of a container that died otherwise.
    rule(
        MEMORY,
        60,
        r#"(?i)\bOOMKilled(?:"?\s*[:=]\s*"?true\b|"\s*(?:[,}\]]|$)|[^":=]|$)|oom-kill|Out of memory: Kill(?:ed)? process|Memory cgroup out of memory|signal: killed.*oom"#,
    ),
    rule(
        MEMORY,
        60,
        r"JavaScript heap out of memory|Reached heap limit|java\.lang\.OutOfMemoryError|fatal error: runtime: out of memory|runtime: cannot allocate memory|There is insufficient memory for the Java Runtime",
    ),
    rule(
        MEMORY,
        59,
        r"(?i)Allowed memory size of \d+ bytes exhausted|\bMemoryError\b|System\.OutOfMemoryException|NoMemoryError|memory allocation of \d+ bytes failed|std::bad_alloc|failed to allocate memory",
    ),
    rule(
        MEMORY,
        58,
        r"(?i)cannot allocate memory|\bENOMEM\b|could not (?:map|create) .*(?:shared memory|anonymous shared)|Worker .*was sent SIGKILL! Perhaps out of memory|exceeded (?:its )?memory limit|out of memory\b|Insufficient memory\b.*(?:JVM|runtime)",
    ),
    rule(
        DISK,
        60,
        r"(?i)\bENOSPC\b|No space left on device|There is not enough space on the disk|os error 28\b|\[Errno 28\]|disk quota exceeded|\bEDQUOT\b",
    ),
    rule(
        DISK,
        58,
        r"(?i)disk (?:is )?full|database or disk is full|not enough (?:free )?disk space|insufficient (?:free )?(?:disk )?space|out of disk space|low on disk|flood stage disk watermark|ephemeral-storage.*(?:exceed|low)|The node was low on resource: ephemeral|DiskPressure|Usage of EmptyDir volume .* exceeds",
    ),
    rule(
        EXEC,
        60,
        r#"exec(?: user process caused)?:? ?"?(?P<command>[\w./-]*)"?:? ?:?(?: ?"?exec)? format error|(?i)exec format error"#,
    ),
    rule(
        EXEC,
        60,
        r#"exec: "?(?P<command>[^":]+)"?: (?:executable file not found|stat .*no such file|permission denied|no such file)|executable file not found in \$PATH"#,
    ),
    rule(
        EXEC,
        60,
        r"exec (?P<command>/?[\w./-]+): (?:no such file or directory|permission denied|exec format error)|standard_init_linux\.go:\d+: |runc create failed|OCI runtime (?:create|start|exec) failed|unable to start container process",
    ),
    rule(
        EXEC,
        59,
        r"(?i)cannot execute(?: binary file|: required file not found)|bad interpreter|no command specified|stat (?P<command>/\S+): no such file or directory: unknown|failed to start container.*no such file|env: (?:can't execute )?.?(?P<command2>\w+)(?:\\r)?.?: No such file",
    ),
    rule(
        EXEC,
        58,
        r"(?i)the requested image's platform .* does not match|rosetta error|wrong ELF class|qemu-\w+: Could not open|\[FATAL tini|exec .* failed: (?:No such file|Permission denied|Exec format)|Invalid argument.*exec",
    ),
    rule(
        EXEC,
        54,
        r"^(?:/bin/)?(?:sh|bash|ash|/\S+\.sh|/\S*entrypoint\S*): (?:line )?(?:\d+: )?(?:exec: )?(?P<command>[\w./-]+): (?:not found|No such file or directory|Permission denied|command not found)|sh: can't open '(?P<command2>\S+)'",
    ),
];
