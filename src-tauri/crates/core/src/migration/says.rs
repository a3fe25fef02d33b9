//! What is said of a folder's files.

crate::sentences! {
    edited_after_applied(path, version) "{path} was edited after {version} was applied";
    up_is_empty(version) "the way there of {version} holds no statement";
    no_way_back(version) "{version} has no way back: a rollback over it is not possible";
    down_is_empty(version) "the way back of {version} holds no statement";
    no_way_there(version) "{version} has a way back and no way there";
    behind_its_place(version, other) "{version} runs behind {other}, and was released before it";
    before_released(version) "{version} would run before versions that are released already";
    not_as_released(version) "{version} is not what was released under this version";
    released_and_gone(version) "{version} was released and is gone";
    twice(version, path) "version {version} is in {path} already";
    listed_twice(version) "the tool lists version {version} twice";
    listed_without_file(path) "the tool lists {path}, and there is no such file";
    passed_over(tool, path) "{tool} passes over {path}: it is not named as a migration is";
    without_version(tool, path) "{tool} passes over {path}: it does not begin with a version";
    by_name(later, earlier) "dbmate runs files by name, so {later} comes after {earlier}";
    stands_already(name, line) "{name} stands in line {line} already";
    second_up() "a second section for the way up";
    second_down() "a second section for the way down";
    down_first() "the way down stands before the way up";
    begun_without_end(line) "the statement begun in line {line} has no end";
    begins_without_end() "the statement that begins here has no end";
    begins_within() "a statement begins within a statement";
    ends_without_begin() "a statement ends that did not begin";
    unknown_marker(tool, word) "{tool} knows no marker {word}";
    before_first_marker() "a statement stands before the first marker";
    no_up_marker() "the file has no marker for the way up";
    not_formatted() "the file does not begin with the line that makes it formatted SQL";
    rollback_before_set() "a rollback stands before the first change set";
    statement_before_set() "a statement stands before the first change set";
    no_change_set(text) "{text} names no change set";
    unknown_word(word) "Liquibase knows no --{word}";
    no_plan() "there is no sqitch.plan, so no change runs";
    no_scripts(change) "{change} has neither a deploy nor a revert script";
    not_in_plan() "sqitch.plan does not name it, so it never runs";
    requires_later(change, needed, line) "{change} requires {needed}, which comes in line {line}";
    requires_unknown(change, needed) "{change} requires {needed}, which the plan does not have";
}

/// What to do about what is not any more as it was released or applied.
pub mod ways {
    crate::sentences! {
        write_new() "Take the edit back and write a new migration.";
        take_back() "Take the edit back, or deploy: the way back as it is now goes with that release.";
        write_new_or(otherwise) "Take the edit back and write a new migration; or, when the file is right: {otherwise}.";
    }
}

/// What is only said as a part of another sentence.
pub mod parts {
    crate::sentences! {
        flyway_repair() "`flyway repair` takes the file as it is";
    }
}
