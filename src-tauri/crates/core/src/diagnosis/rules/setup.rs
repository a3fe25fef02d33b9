//! What the program was not given: variables, a readable configuration, files, libraries.
//!
//! One family, because the release itself carries these, so that the fix is in the release or its configuration.
//! Deliberately not here: an entrypoint that is not there, which the engine reports and `host` knows.

use super::super::cause::Cause::{
    ConfigParseError as CONFIG, MissingDependency as DEPENDENCY, MissingEnvVar as ENV, MissingFile as FILE,
};
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    rule(
        ENV,
        60,
        r"(?i)(?:missing|required|mandatory|undefined|unset) (?:required |mandatory )?(?:env(?:ironment)?(?: |-)?(?:variables?|vars?)?)\b.{0,24}?(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+)",
    ),
    rule(
        ENV,
        60,
        r"(?i:env(?:ironment)?(?: |-)?(?:variables?|vars?)\b.{0,12}?)(?P<variable>[A-Z][A-Z0-9_]{2,})\W.{0,30}(?i:not (?:set|defined|found|present|provided|specified)|missing|required|empty|undefined|unset|must)",
    ),
    rule(
        ENV,
        60,
        r"(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+)\W{1,3}(?i:(?:env(?:ironment)? ?(?:variable|var)? )?(?:is |was |has |are |must be |needs to be |should be )?(?:not (?:been )?(?:set|defined|found|configured|provided|specified)|missing|required|mandatory|empty|undefined|unset|set\b|provided|specified|defined))",
    ),
    rule(
        ENV,
        58,
        r"(?i)(?:missing|required|must (?:set|specify|provide|define)|you need to (?:set|specify|define)|please (?:set|provide|specify|define)|not (?:set|found|defined))\W+(?:the |value for |setting |required |a |value |of )*(?:env(?:ironment)? (?:variables?|vars?) )?\W?\$?(?-i:(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+))",
    ),
    rule(
        ENV,
        58,
        r#"KeyError: ['"](?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]*)['"]|key not found: "(?P<variable2>[A-Z][A-Z0-9_]+)"#,
    ),
    rule(ENV, 60, r"couldn't find key (?P<variable>\S+) in (?:ConfigMap|Secret) "),
    rule(ENV, 58, r"Could not resolve placeholder '(?P<variable>[^']+)'"),
    rule(
        ENV,
        58,
        r"(?P<variable>[A-Z][A-Z0-9_]{2,}): (?i:parameter not set|unbound variable|parameter null or not set)",
    ),
    rule(
        ENV,
        57,
        r"environment variable not found|NotPresent\b|Environment variable not found: (?P<variable>\w+)|ImproperlyConfigured: Set the (?P<variable2>\w+)|UndefinedValueError: (?P<variable3>\w+) not found",
    ),
    rule(
        ENV,
        57,
        r"(?i)(?:missing|invalid or missing|required|unset|undefined)\s(?:one or more |some )?(?:required )?environment (?:variables?|vars?)|environment (?:variables?|vars?)\b.{0,40}(?:not set|missing|required|undefined|must be (?:set|defined|provided))",
    ),
    rule(
        ENV,
        56,
        r"(?i)Database is uninitialized and (?:superuser )?password (?:option )?is not specified|secretOrPrivateKey must have a value|The SECRET_KEY setting must not be empty|Missing `secret_key_base`",
    ),
    rule(
        CONFIG,
        60,
        r"(?i)(?:invalid|bad|error|failed|cannot|could not|unable)\b.{0,30}(?:pars|load|read|decod|unmarshal)\w*.{0,30}\b(?:config|configuration|settings|yaml|toml|json|ini)\b.*",
    ),
    rule(
        CONFIG,
        60,
        r#"nginx: .*(?:unknown directive "(?P<key>[^"]+)"|unexpected|directive is not allowed|invalid number of arguments|invalid (?:value|parameter|port|condition)|is duplicate|no "\w+" is defined|not terminated).*? in (?P<file>[^\s:]+):(?P<at>\d+)"#,
    ),
    rule(
        CONFIG,
        60,
        r#"\[emerg\].*(?:unknown directive "(?P<key>[^"]+)"|unexpected|directive is not allowed|invalid number of arguments|invalid (?:value|parameter|port|condition)|is duplicate|not terminated).*? in (?P<file>[^\s:]+):(?P<at>\d+)"#,
    ),
    rule(
        CONFIG,
        59,
        r"(?:yaml\.(?:scanner|parser|constructor|composer)\.\w+Error|YAMLException|YAMLSyntaxError|YAMLParseError|YAMLSemanticError|Psych::SyntaxError|(?:org\.yaml\.snakeyaml\S*|com\.fasterxml\S*yaml\S*)\.\w+Exception)(?:: (?P<detail>.+))?",
    ),
    rule(
        CONFIG,
        59,
        r"(?i)yaml: (?:line \d+|unmarshal errors?|unknown field|mapping|did not find|found)|toml(?:decode)?(?: parse)?:? ?(?:error|line)|TOML parse error|tomllib\.TOMLDecodeError|TOMLDecodeError|expected .* in toml|MissingSectionHeaderError|configparser\.\w+Error|DuplicateOptionError",
    ),
    rule(
        CONFIG,
        59,
        r#"unrecognized configuration parameter "(?P<key>[^"]+)"|configuration file "(?P<file>[^"]+)" contains errors|syntax error in file "(?P<file2>[^"]+)" line \d+|invalid value for parameter "(?P<key2>[^"]+)"|FATAL CONFIG FILE ERROR|Bad directive or wrong number of arguments"#,
    ),
    rule(
        CONFIG,
        58,
        r"(?i)(?:config(?:uration)?|settings)(?: file)?\b.{0,60}\b(?:is (?:invalid|not valid|malformed)|invalid|malformed|syntax error|parse error|parsing error|failed to parse|contains errors|validation (?:error|failed))",
    ),
    rule(
        CONFIG,
        58,
        r"(?i)(?:invalid|malformed|unknown|unsupported|unrecogni[sz]ed|unexpected|bad|incorrect) (?:\w+ ){0,2}(?:config|configuration|setting|option|flag|directive|configuration key|value for|log level|DSN|connection string|port number)\b|(?:unknown|unrecognized) (?:config\w* )?(?:key|field|variable|property) ",
    ),
    rule(
        CONFIG,
        57,
        r"(?:Failed to bind properties under '(?P<key>[^']+)'|ConfigurationPropertiesBindException|InvalidConfigDataPropertyException|Binding to target .* failed|pydantic.*ValidationError|ValidationError: \d+ validation errors? for \w*(?:Settings|Config)|\d+ validation errors? for \w*(?:Settings|Config))",
    ),
    rule(
        CONFIG,
        57,
        r"(?i)(?:ERR_INVALID_URL|Invalid URL|invalid (?:database |connection )?(?:url|uri|dsn)|relative URL without a base|Format of the initialization string does not conform|Invalid connection string|Could not parse (?:SQLAlchemy URL|rfc1738 URL)|error parsing regexp|URI malformed)",
    ),
    rule(
        CONFIG,
        57,
        r"InvalidDataException: Failed to load configuration|Failed to load configuration from file '(?P<file>[^']+)'|System\.FormatException: Could not parse the JSON file|Apache2?: Syntax error on line|AH00526: Syntax error|unknown variable '(?P<key>[^']+)'",
    ),
    rule(
        CONFIG,
        50,
        r"json\.decoder\.JSONDecodeError|JSONDecodeError|SyntaxError: .* in JSON at position|SyntaxError: .* is not valid JSON|invalid character .* looking for beginning|JsonParseException|cannot unmarshal|error converting YAML|Dotenv::FormatError|Unable to parse",
    ),
    rule(FILE, 60, r#"CreateContainerConfigError: (?P<file>(?:configmap|secret) "[^"]+") not found"#),
    rule(
        FILE,
        58,
        r"ENOENT: no such file or directory, (?:open|stat|scandir|lstat|access|mkdir|rename|readlink|copyfile|unlink|watch) '(?P<file>[^']+)'",
    ),
    rule(FILE, 58, r#"(?:FileNotFoundError|IOError): \[Errno 2\] [^:]+: ?(?P<file>b?['"][^'"]+['"])?|Errno::ENOENT"#),
    rule(
        FILE,
        58,
        r"(?:(?:open|stat|read|lstat|fork/exec|chdir|readlink|rename|mkdir|unlink) (?P<file>[\w./~-]+): (?:no such file or directory|The system cannot find))",
    ),
    rule(
        FILE,
        58,
        r"(?:java\.io\.FileNotFoundException|java\.nio\.file\.NoSuchFileException|NoSuchFileException|FileNotFoundException): (?:class path resource \[)?(?P<file>[\w./-]+)",
    ),
    rule(
        FILE,
        58,
        r"(?:System\.IO\.)?(?:FileNotFoundException|DirectoryNotFoundException): (?:Could not find (?:a part of the path|file)|The configuration file)(?: ')?(?P<file>[^'.]+\S*)",
    ),
    rule(
        FILE,
        57,
        r"(?i)(?:(?:cannot|can't|could not|unable to|failed to) (?:open|load|find|read|access|stat|locate)|failed opening required|failed to open stream).{0,160}(?:no such file|os error 2\b|does not exist|not found)|\[emerg\].*\(2: No such file|Unable to access jarfile (?P<file>\S+)",
    ),
    rule(
        FILE,
        57,
        r"(?i)(?:can't|cannot) open (?:file|config file|input file) ?:?'?(?P<file>[^':,]+)'?|Could not open input file: (?P<file2>\S+)|can't find file|Could not open configuration file (?P<file3>\S+)",
    ),
    rule(
        FILE,
        54,
        r"(?i)(?:config(?:uration)?|settings|key|certificate|cert|data|json|env|credentials?)? ?(?:file|directory|folder) (?:at )?['\x22]?(?P<file>[\w./~-]*[\w/])['\x22]? (?:was |is |could )?(?:not (?:be )?(?:found|exist)|does(?:n't| not) exist|missing)",
    ),
    rule(
        FILE,
        48,
        r#"(?i)no such file or directory(?:[:, (]+(?:os error 2)?\)?|$)|(?:kind: NotFound, message: "No such file)"#,
    ),
    // A module named by a path is a file of the release, unless the path leads into an installed package.
    rule(DEPENDENCY, 60, r"Cannot find module '[^']*node_modules[/\\](?P<module>[^'/\\]+)"),
    rule(FILE, 60, r"Cannot find module '(?P<file>(?:\.{0,2}/|[A-Za-z]:\\)[^']+)'"),
    rule(DEPENDENCY, 60, r"Cannot find (?:module|package) '(?P<module>[^']+)'"),
    rule(DEPENDENCY, 40, r"ERR_MODULE_NOT_FOUND"),
    rule(
        DEPENDENCY,
        60,
        r#"(?:ModuleNotFoundError|ImportError): (?:No module named ['"]?(?P<module>[\w.]+)|cannot import name ['"]?(?P<module2>\w+))"#,
    ),
    rule(
        DEPENDENCY,
        59,
        r"error while loading shared libraries: (?P<module>[\w.+-]+)|ImportError: (?P<module2>lib[\w.+-]+): cannot open shared|Error loading shared library (?P<module3>[\w.+-]+)|symbol not found|version .GLIBC\w*_[\d.]+. not found|Error relocating|invalid ELF header",
    ),
    rule(
        DEPENDENCY,
        59,
        r"(?:java\.lang\.)?(?:ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError|UnsatisfiedLinkError|UnsupportedClassVersionError):? ?(?P<module>[\w./$-]+)?|Could not find or load main class (?P<module2>\S+)|Failed to load driver class|Cannot load driver class: (?P<module3>\S+)",
    ),
    rule(
        DEPENDENCY,
        59,
        r"cannot load such file -- (?P<module>\S+)|Could not find (?P<module2>[\w.-]+) in (?:any of the sources|locally installed gems)|Bundler::GemNotFound|Gem::(?:MissingSpec|Load)Error|can't find gem (?P<module3>\S+)|bundler: command not found: (?P<module4>\S+)|Install missing gem executables",
    ),
    rule(
        DEPENDENCY,
        59,
        r#"Class ['"](?P<module>[\w\\]+)['"] not found|Call to undefined function (?P<module2>\w+)\(|could not find driver|requires ext-\w+|vendor/autoload\.php|Please run .?composer install"#,
    ),
    rule(
        DEPENDENCY,
        59,
        r"Could not load file or assembly '(?P<module>[^',]+)|You must install or update \.NET|The framework '(?P<module2>[^']+)'.* was not found|Unable to load (?:shared library|DLL) '(?P<module3>[^']+)'|It was not possible to find any (?:compatible|installed)",
    ),
    rule(
        DEPENDENCY,
        58,
        r"Can't locate (?P<module>\S+) in @INC|Error loading (?P<module2>\w+) module|DistributionNotFound|ERR_DLOPEN_FAILED|was compiled against a different Node\.js version|Could not locate the bindings file|Prisma Client could not locate the Query Engine|could not access file .(?P<module3>[\w$/-]+).: No such file|Cannot find native binding|package \S+ is not in (?:GOROOT|std)|libssl|Library not loaded",
    ),
    rule(
        DEPENDENCY,
        56,
        r"(?i)(?:sh|bash): (?:line )?(?:\d+: )?(?P<module>[\w.-]+): (?:command )?not found|(?:ImportError|DependencyException|Import Error): .*(?:install|not installed|required)|dependency .* (?:is )?not (?:installed|found)",
    ),
];
