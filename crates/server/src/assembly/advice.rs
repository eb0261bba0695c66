//! Options without an effect where they stand. They do no harm, and whoever wrote them expects something of them.

use portico_core::auth::Realm;
use portico_core::front::{Front, OptionOverrides};
use portico_core::policy::Mode;
use serde_json::Value;

/// Options that count only where another one is on, which a role can do too.
const NEEDS: &[(&str, &[&str])] = &[
    ("attachments", &["max_attachment", "attachment_space", "attachments_per_week"]),
    ("conferences", &["max_conference_members"]),
    ("create_groups", &["max_own_groups"]),
    ("shoutbox", &["shouts_per_day", "shouts_per_week", "shout_approval"]),
    ("shout_approval", &["shout_queue", "shout_queue_person", "shout_mute_after_rejections"]),
    (
        "shout_votes",
        &["shout_votes_per_day", "shout_votes_per_week", "shout_hidden_by_votes", "shout_mute_after_votes"],
    ),
];

/// What a front's options say in vain, a sentence each.
pub(super) fn of(front: &Front) -> Vec<String> {
    let mut told = Vec::new();
    let mut say = |key: &str, what: String| told.push(format!("options.{key}: {what}"));
    let set_here = |key: &str| front.layers.local.get(key).is_some();
    for (need, keys) in NEEDS {
        if !is_on(front, need) {
            for key in keys.iter().filter(|key| set_here(key)) {
                say(key, format!("without effect, as `{need}` is off for everybody"));
            }
        }
    }
    let mode = front.mode.as_str();
    if front.mode != Mode::Normal && says(&front.layers.central, "rank") {
        say("rank", format!("what the central server says has no effect in mode \"{mode}\""));
    }
    for role in front.roles.iter().map(|grant| &grant.role).chain(&front.default_role) {
        if front.mode != Mode::Normal && says(&role.options, "rank") {
            say("rank", format!("the role `{}` has one, without effect in mode \"{mode}\"", role.name));
        }
    }
    let lists = matches!(front.mode, Mode::OpenCommunity | Mode::OpenGroupCommunity);
    if !lists && set_here("list_everybody") {
        say(
            "list_everybody",
            format!("without effect in mode \"{mode}\", where nobody is listed to everybody"),
        );
    }
    if is_on(front, "alert_administrators") && !is_on(front, "receive_alerts") {
        say("alert_administrators", "no role receives them; set `receive_alerts = true` in one".into());
    }
    if in_groups(front.mode) && nobody_gets_into_a_group(front) {
        let how = "set `default_groups`, or `create_groups = true` for those who may make some";
        say(
            "create_groups",
            format!("in mode \"{mode}\" people meet in groups, and nobody here gets into one; {how}"),
        );
    }
    told.sort();
    told.dedup();
    told
}

fn in_groups(mode: Mode) -> bool {
    matches!(mode, Mode::GroupCommunity | Mode::OpenGroupCommunity)
}

/// Whether an option is on for everybody, or for the holders of a role.
fn is_on(front: &Front, key: &str) -> bool {
    let on = Some(Value::Bool(true));
    front.options.get(key) == on || front.role_book.values().any(|role| role.options.get(key) == on)
}

fn says(options: &OptionOverrides, key: &str) -> bool {
    options.get(key).is_some()
}

/// Whether all people have accounts of Portico's own, which come without groups.
fn only_own(front: &Front) -> bool {
    front.chain.members().iter().all(|member| member.kind() == Realm::NATIVE)
}

fn nobody_gets_into_a_group(front: &Front) -> bool {
    only_own(front) && front.options.default_groups.is_empty() && !is_on(front, "create_groups")
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::auth::Chain;
    use portico_core::front::{FrontId, FrontPath, OptionPlace, Role, RoleGrant};
    use serde_json::json;
    use std::sync::Arc;

    fn front(mode: Mode, local: &Value) -> Front {
        let path = FrontPath::new("/im/").unwrap();
        let mut front = Front::new(FrontId::from_path(&path), path, mode, Chain::new(Vec::new()));
        front.layers.local = OptionOverrides::read(local.as_object().unwrap(), OptionPlace::Front).unwrap();
        front.options = front.layers.options();
        front
    }

    fn with_role(mut front: Front, options: &Value) -> Front {
        let options = OptionOverrides::read(options.as_object().unwrap(), OptionPlace::Role).unwrap();
        let role = Arc::new(Role { name: "staff".into(), options, enters_full_front: None });
        let to = portico_core::front::Grantee::Login { realm: None, login: "ann".into() };
        front.roles.push(RoleGrant { to, role: Arc::clone(&role) });
        front.role_book.insert("staff".into(), role);
        front
    }

    fn keys(front: &Front) -> Vec<String> {
        of(front).iter().map(|told| told.split([':', '.']).nth(1).unwrap().to_owned()).collect()
    }

    #[test]
    fn what_has_no_effect_is_told_with_its_key() {
        let (open, normal) = (Mode::OpenCommunity, Mode::Normal);
        let groups = Mode::GroupCommunity;
        let cases = [
            (open, json!({}), vec![]),
            (normal, json!({}), vec![]),
            (open, json!({"shouts_per_day": 3}), vec!["shouts_per_day"]),
            (open, json!({"shouts_per_day": 3, "shoutbox": true}), vec![]),
            (open, json!({"shout_queue": 3, "shoutbox": true}), vec!["shout_queue"]),
            (open, json!({"shout_queue": 3, "shoutbox": true, "shout_approval": true}), vec![]),
            (open, json!({"shout_hidden_by_votes": 3, "shoutbox": true}), vec!["shout_hidden_by_votes"]),
            (open, json!({"attachments": false, "max_attachment": "1MB"}), vec!["max_attachment"]),
            (open, json!({"attachments": false, "attachment_retention": "9d"}), vec![]),
            (
                open,
                json!({"conferences": false, "max_conference_members": 5}),
                vec!["max_conference_members"],
            ),
            (open, json!({"max_own_groups": 2}), vec!["max_own_groups"]),
            (open, json!({"list_everybody": false}), vec![]),
            (normal, json!({"list_everybody": false}), vec!["list_everybody"]),
            (normal, json!({"rank": 3}), vec![]),
            (open, json!({"alert_administrators": true}), vec!["alert_administrators"]),
            (open, json!({"alert_administrators": true, "receive_alerts": true}), vec![]),
            (groups, json!({}), vec!["create_groups"]),
            (groups, json!({"create_groups": true}), vec![]),
            (groups, json!({"default_groups": ["All"]}), vec![]),
        ];
        for (mode, options, wanted) in cases {
            assert_eq!(keys(&front(mode, &options)), wanted, "{} {options}", mode.as_str());
        }
    }

    #[test]
    fn what_a_role_turns_on_has_an_effect() {
        let options = json!({"max_own_groups": 2, "alert_administrators": true});
        let role = json!({"create_groups": true, "receive_alerts": true});
        assert_eq!(keys(&with_role(front(Mode::GroupCommunity, &options), &role)), Vec::<String>::new());
    }

    #[test]
    fn the_rank_of_a_role_or_of_a_central_server_counts_in_normal_mode_alone() {
        for (mode, wanted) in [(Mode::Normal, vec![]), (Mode::OpenCommunity, vec!["rank"])] {
            assert_eq!(keys(&with_role(front(mode, &json!({})), &json!({"rank": 5}))), wanted);
            let mut extended = front(mode, &json!({}));
            extended.layers.central =
                OptionOverrides::read(json!({"rank": 5}).as_object().unwrap(), OptionPlace::Front).unwrap();
            assert_eq!(keys(&extended), wanted);
        }
    }
}
