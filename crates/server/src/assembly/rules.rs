//! Options that don't go together, told before anybody meets what would come of them.

use std::path::Path;
use std::time::Duration;

use portico_core::front::{ContactRating, Front, FrontOptions, span_text};
use portico_core::policy::Mode;

/// Everything about a front's options that doesn't fit, for everybody or for the holders of a role.
pub(super) fn check(front: &Front, base_dir: &Path, wrong: &mut Vec<String>) {
    let mut everybody = for_the_front(front, base_dir);
    everybody.extend(for_somebody(front, &front.options));
    for role in front.role_book.values() {
        let options = front.options.clone().with(&role.options);
        for mistake in for_somebody(front, &options) {
            // What is wrong for everybody is said once.
            if !everybody.contains(&mistake) {
                wrong.push(format!("{mistake} (for the holders of the role `{}`)", role.name));
            }
        }
    }
    wrong.extend(everybody);
}

/// What holds for the front as a whole.
fn for_the_front(front: &Front, base_dir: &Path) -> Vec<String> {
    let (options, mut wrong) = (&front.options, Vec::new());
    let mut say = |key: &str, what: String| wrong.push(format!("options.{key}: {what}"));
    if options.moved_to.is_some() && options.maintenance.is_some() {
        say(
            "maintenance",
            "a front that has moved (`moved_to`) is not maintained; remove one of the two".into(),
        );
    }
    if options.moved_to.is_some() && options.moved_to_after_login.is_some() {
        say("moved_to_after_login", "with `moved_to` nobody logs in any more; remove one of the two".into());
    }
    if front.mode != Mode::Normal && front.layers.local.rank.is_some() {
        let mode = front.mode.as_str();
        say(
            "rank",
            format!("in mode \"{mode}\" everybody sees whom the mode shows, whatever their rank; remove it"),
        );
    }
    if options.approve_new_accounts && options.unknown_names.needs_approval() {
        let names = options.unknown_names.as_str();
        let what =
            format!("with unknown_names = \"{names}\" newcomers would wait twice; take one of the two");
        say("approve_new_accounts", what);
    }
    if let Some(file) = &options.word_filter {
        let path = base_dir.join(file);
        if let Err(error) = std::fs::read_to_string(&path) {
            say("word_filter", format!("{}: can't be read as text: {error}", path.display()));
        }
    } else if front.layers.local.word_filter_action.is_some() {
        say("word_filter_action", "there is no `word_filter`, a file with words; set it too".into());
    }
    let shoutbox =
        options.shoutbox || front.role_book.values().any(|role| role.options.shoutbox == Some(true));
    if options.shoutbox_public && !shoutbox {
        say("shoutbox_public", "there is no shoutbox; set `shoutbox = true` too".into());
    }
    if let (Some(kept), Some(unread)) = (options.message_retention, options.undelivered_validity)
        && front.layers.local.undelivered_validity.is_some()
        && unread > kept
    {
        say(
            "undelivered_validity",
            format!("messages are kept for {} only (`message_retention`)", span_text(kept)),
        );
    }
    if let (Some(messages), Some(files)) = (options.message_retention, options.attachment_retention)
        && files > messages
    {
        let kept = span_text(messages);
        say("attachment_retention", format!("the messages are kept for {kept} only (`message_retention`)"));
    }
    wrong
}

/// What holds for one person: everybody, or whoever has a role.
fn for_somebody(front: &Front, options: &FrontOptions) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |key: &str, what: String| wrong.push(format!("options.{key}: {what}"));
    if options.shout_votes && !options.shoutbox {
        say("shout_votes", "there is no shoutbox to vote in; set `shoutbox = true` too".into());
    }
    for (day, week, in_a_day, in_a_week) in [
        ("shouts_per_day", "shouts_per_week", options.shouts_per_day, options.shouts_per_week),
        (
            "shout_votes_per_day",
            "shout_votes_per_week",
            options.shout_votes_per_day,
            options.shout_votes_per_week,
        ),
    ] {
        if let (Some(in_a_day), Some(in_a_week)) = (in_a_day, in_a_week)
            && in_a_week < in_a_day
        {
            say(week, format!("{in_a_week} a week is less than {in_a_day} a day (`{day}`)"));
        }
    }
    if options.shout_queue_person > options.shout_queue {
        let (one, all) = (options.shout_queue_person, options.shout_queue);
        say(
            "shout_queue_person",
            format!("{one} can't wait where at most {all} wait in all (`shout_queue`)"),
        );
    }
    let in_groups = matches!(front.mode, Mode::GroupCommunity | Mode::OpenGroupCommunity);
    if in_groups && options.contact_rating != ContactRating::Off {
        let mode = front.mode.as_str();
        say("contact_rating", format!("in mode \"{mode}\" there is nobody to rate; set it to \"off\""));
    }
    if options.max_attachment > options.attachment_space {
        say("max_attachment", "one file can't be larger than the room for all (`attachment_space`)".into());
    }
    if let Some(kept) = options.message_retention {
        for (key, window) in [("edit_window", options.edit_window), ("delete_window", options.delete_window)]
        {
            if window > kept {
                let kept = span_text(kept);
                say(key, format!("messages are kept for {kept} only (`message_retention`)"));
            }
        }
    }
    if let (Some(lock), Some(delete)) = (options.lock_after_inactivity, options.delete_after_inactivity)
        && lock >= delete
    {
        let (lock, delete) = (span_text(lock), span_text(delete));
        let what = format!(
            "an account is deleted after {delete} (`delete_after_inactivity`), so it is never locked after {lock}"
        );
        say("lock_after_inactivity", what);
    }
    wrong
}

/// A configured refresh must not hammer the central server.
pub(super) const SHORTEST_REFRESH: Duration = Duration::from_secs(30);
