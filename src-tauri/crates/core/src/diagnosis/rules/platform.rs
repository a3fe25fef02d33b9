//! What registries, schedulers and probes report before or around the program.
//!
//! One family, because these texts come from engine and cluster events, not from the program. Deliberately not here:
//! "back-off restarting failed container" and its like, which say that a start failed and never why.

use super::super::cause::Cause::{
    ImagePullAuth as PULL_AUTH, ImagePullNotFound as PULL_MISSING, ProbeFailed as PROBE, QuotaOrUnschedulable as QUOTA,
};
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    // "pull access denied, repository does not exist or may require authorization" names both: Docker Hub hides private
    // repositories. It wants a login or another name, and only a person can tell; a 401 or 403 is sure.
    rule(PULL_AUTH, 60, r"(?i)pull access denied(?: for (?P<image>[^\s,]+))?"),
    rule(
        PULL_AUTH,
        60,
        r"(?i)(?:pull|manifest|image|registry|repository|blob|token|resolve|https?://\S+/v2/).*(?:\b40[13]\b|unauthorized|no basic auth credentials|denied: |authentication required|authorization failed|access forbidden|insufficient_scope)",
    ),
    rule(
        PULL_AUTH,
        58,
        r"(?i)no basic auth credentials|unauthorized: (?:incorrect username|authentication required|access to the requested)|denied: requested access to the resource is denied|toomanyrequests|You have reached your (?:unauthenticated )?pull rate limit|FailedToRetrieveImagePullSecret|denied: (?:permission|access|installation)|error getting credentials",
    ),
    rule(
        PULL_MISSING,
        60,
        r"(?i)manifest (?:for (?P<image>\S+) )?(?:not found|unknown)|manifest unknown|name unknown: |NAME_UNKNOWN|MANIFEST_UNKNOWN",
    ),
    rule(
        PULL_MISSING,
        60,
        r"(?i)(?:pull|resolve|image|reference|tag).*?(?P<image>[\w./-]+:[\w.-]+)?.{0,20}: not found|No such image: ?(?P<image2>\S+)|no matching manifest for|InvalidImageName|couldn't parse image|invalid reference format|ErrImageNeverPull|repository (?P<image3>\S+) not found|(?:tag|image) \S+ (?:not found|does not exist)",
    ),
    rule(
        QUOTA,
        60,
        r"(?i)\d+/\d+ nodes are available|FailedScheduling|exceeded quota|Insufficient (?:cpu|memory|nvidia\S*|ephemeral-storage|pods)|didn't match (?:Pod's )?node (?:affinity|selector)|unbound immediate PersistentVolumeClaims",
    ),
    rule(
        QUOTA,
        58,
        r"(?i)forbidden: (?:exceeded|maximum|minimum|failed quota|unable to validate against any)|failed quota|LimitRange|OutOf(?:cpu|memory|pods)\b|no suitable node|insufficient resources on \d+ node|untolerated taint|had taint|quota exceeded|ResourceQuota|range of CPUs is from|Preemption is not helpful|pod didn't trigger scale-up",
    ),
    rule(
        QUOTA,
        58,
        r"(?i)no nodes are available that match|failed to fit in any node|fit failure summary on nodes|reason\W{1,4}Unschedulable\b|PodToleratesNodeTaints|NodeUnder(?:Memory|Disk)Pressure",
    ),
    rule(PROBE, 60, r"(?i)(?P<probe>readiness|liveness|startup) probe (?:failed|errored)"),
    rule(
        PROBE,
        58,
        r"(?i)health ?check (?:failed|failing|timed out)|container .* is unhealthy|(?:became|is|status:?) unhealthy|failed (?:container |its )?(?:startup|liveness|readiness|health) (?:probe|check)|Health check.*(?:exited|failed)|failed to become (?:healthy|ready)",
    ),
];
