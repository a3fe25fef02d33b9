//! The program's own failures: exceptions nobody caught, panics, assertions, segmentation faults.
//!
//! Apart from the other families and lighter than they are: an uncaught exception is the shape in which most other
//! causes arrive, so it is the answer only where none of them is named at that place.
//! Deliberately not here: "exited with code 1", "command failed" and other texts that only repeat that it ended.

use super::super::cause::Cause::UnhandledExceptionInApp as CRASH;
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    rule(
        CRASH,
        40,
        r"(?P<exception>\b(?:TypeError|ReferenceError|RangeError|EvalError|AssertionError|AttributeError|IndexError|ZeroDivisionError|RecursionError|NameError|UnboundLocalError|NotImplementedError|StopIteration|SyntaxError|IndentationError|UnicodeDecodeError))(?: \[\w+\])?: .+",
    ),
    rule(
        CRASH,
        40,
        r"panicked at|^panic: |^fatal error: |panic: runtime error|SIGSEGV|(?i:segmentation fault)|\[signal SIG|stack overflow|StackOverflowError|core dumped",
    ),
    rule(
        CRASH,
        40,
        r"(?P<exception>\b(?:[\w$]+\.)*(?:NullPointerException|IllegalStateException|IllegalArgumentException|ClassCastException|IndexOutOfBoundsException|ArrayIndexOutOfBoundsException|UnsupportedOperationException|NumberFormatException|ArithmeticException|ConcurrentModificationException|NoSuchElementException|InvalidOperationException|NullReferenceException|ArgumentNullException|ArgumentException|KeyNotFoundException|InvalidCastException|FormatException|AggregateException|NotSupportedException|DivideByZeroException))\b",
    ),
    rule(
        CRASH,
        40,
        r"(?i:unhandled exception)|Unhandled Rejection|UnhandledPromiseRejection|ERR_UNHANDLED_REJECTION|(?i:uncaught exception)|Uncaught \w*(?:Error|Exception)|UnhandledPromise",
    ),
    rule(
        CRASH,
        40,
        r"\((?P<exception>NoMethodError|NameError|ArgumentError|RuntimeError|TypeError|FrozenError|LoadError|SyntaxError|ZeroDivisionError|KeyError|StandardError|[A-Z]\w*(?:::[A-Z]\w*)*Error)\)\s*$|undefined (?:method|local variable)",
    ),
    rule(CRASH, 40, r"PHP (?:Fatal|Parse) error|Fatal error: |Parse error: syntax error"),
    rule(
        CRASH,
        38,
        r"^(?:Exception in thread .(?P<thread>[^ ]+). )|\berror CS\d+|APPLICATION FAILED TO START|BeanCreationException|UnsatisfiedDependencyException|No qualifying bean",
    ),
    // A qualified exception class at the start of a line: the last line of a traceback, a Java or .NET exception.
    rule(
        CRASH,
        36,
        r"^(?:Caused by: |Unhandled exception\. |Error: )?(?P<exception>(?:[a-z_][\w$]*\.)*[A-Z]\w*(?:Error|Exception))\b(?:: .*|$)",
    ),
    rule(CRASH, 30, r"ERR_[A-Z_]+|(?i:assertion (?:.* )?failed)|unexpected token|\bthrow (?:err|new)\b"),
];
