use serde_json::{Map, Value};

use super::kinds::{
    ContactRating, FilePath, Limit, OptionKind, Period, Size, Span, Text, Texts, WebAddress, WordFilterAction,
};
use super::{OptionInfo, range_text, read_within};
use crate::front::{Entrance, UnknownNames};

/// `name: Kind = default, scope, told|untold, low to high;` where the scope is `role` when roles can override the option
/// and `front` otherwise, and the range is in the kind's measure (numbers, seconds, bytes, characters, entries).
macro_rules! options {
    ($($section:ident { $(
        $(#[doc = $doc:literal])+
        $name:ident: $kind:ty = $default:expr, $scope:ident, $told:ident $(, $low:literal to $high:literal)?;
    )+ })+) => {
        /// The limits and choices of a front, or those that hold for one person there.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct FrontOptions {
            $($(
                $(#[doc = $doc])+
                pub $name: <$kind as OptionKind>::Held,
            )+)+
            /// Which credentials are taken, and whether the name may be chosen.
            pub entrance: Entrance,
        }

        impl Default for FrontOptions {
            fn default() -> Self {
                Self {
                    $($($name: <$kind as OptionKind>::hold(&$default),)+)+
                    entrance: Entrance::default(),
                }
            }
        }

        impl FrontOptions {
            /// The same with these instead.
            #[must_use]
            pub fn with(mut self, overrides: &OptionOverrides) -> Self {
                $($(if let Some(value) = &overrides.$name {
                    self.$name = value.hold();
                })+)+
                self
            }

            /// What the clients of the person are told whose options these are, by name.
            pub fn told(&self) -> Map<String, Value> {
                let mut told = Map::new();
                $($(if options!(@told $told) {
                    told.insert(stringify!($name).into(), <$kind as OptionKind>::of(&self.$name).tell());
                })+)+
                told
            }

            /// The value of the option of this name, as it is written; `None` for an unknown name.
            pub fn get(&self, name: &str) -> Option<Value> {
                match name {
                    $($(stringify!($name) => Some(<$kind as OptionKind>::of(&self.$name).write()),)+)+
                    _ => None,
                }
            }
        }

        /// Options that are set somewhere: in a front's section, in a role, on a central server.
        #[derive(Debug, Clone, PartialEq, Default)]
        #[non_exhaustive]
        pub struct OptionOverrides {
            $($(
                $(#[doc = $doc])+
                pub $name: Option<$kind>,
            )+)+
        }

        impl OptionOverrides {
            /// Sets the option of this name.
            pub(super) fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
                match name {
                    $($(stringify!($name) => {
                        self.$name = Some(read_within(value, options!(@range $($low to $high)?))?);
                    })+)+
                    _ => return Err("unknown option".into()),
                }
                Ok(())
            }

            /// The value that the option of this name is set to, as it is written.
            pub fn get(&self, name: &str) -> Option<Value> {
                match name {
                    $($(stringify!($name) => self.$name.as_ref().map(OptionKind::write),)+)+
                    _ => None,
                }
            }

            /// The same with these instead, where they are set.
            #[must_use]
            pub fn with(mut self, stronger: &Self) -> Self {
                $($(if stronger.$name.is_some() {
                    self.$name.clone_from(&stronger.$name);
                })+)+
                self
            }
        }

        /// Every option.
        pub static OPTIONS: &[OptionInfo] = &[$($(
            OptionInfo {
                section: stringify!($section),
                name: stringify!($name),
                form: <$kind as OptionKind>::FORM,
                default: || <$kind as OptionKind>::write(&$default),
                range: || options!(@text $kind, $($low to $high)?),
                doc: concat!($($doc),+).trim_ascii(),
                by_role: options!(@scope $scope),
                told: options!(@told $told),
            },
        )+)+];
    };
    (@range) => { None };
    (@range $low:literal to $high:literal) => { Some(($low, $high)) };
    (@text $kind:ty,) => { None };
    (@text $kind:ty, $low:literal to $high:literal) => { Some(range_text::<$kind>($low, $high)) };
    (@scope role) => { true };
    (@scope front) => { false };
    (@told told) => { true };
    (@told untold) => { false };
}

const UNLIMITED: Limit = Limit::Unlimited;
const FOREVER: Period = Period::Unlimited;

options! {
    sessions {
        /// Most contacts that a person may have or ask for through this front.
        max_contacts: Limit = UNLIMITED, role, told;
        /// Most sessions seen within five minutes.
        max_sessions: Limit = UNLIMITED, front, told;
        /// Most sessions of one person at the front, sleeping ones included; with one more the oldest ends.
        max_sessions_per_person: Limit = UNLIMITED, role, untold, 1 to 10000;
        /// Most sessions from one address (IPv6: one /64 network) within five minutes.
        max_sessions_per_address: Limit = UNLIMITED, role, untold, 1 to 100000;
        /// Most people who have entered the front; the next newcomer is refused, and whoever has been here enters.
        max_accounts: Limit = UNLIMITED, front, untold;
        /// How long a session lives, from its login.
        session_lifetime: Span = Span::days(30), front, untold, 60 to 31536000;
        /// What happens to names that nobody has (native accounts).
        unknown_names: UnknownNames = UnknownNames::Closed, front, untold;
    }
    contacts {
        /// Whether people ask for, accept, refuse and remove contacts.
        manage_contacts: bool = true, role, told;
        /// Most contact requests of a person that wait for an answer.
        max_pending_requests: Limit = Limit::AtMost(50), role, told;
        /// Whether people may hide from single contacts.
        hide_from_contacts: bool = true, role, told;
        /// Whether people may give their contacts nicknames.
        contact_nicknames: bool = true, role, told;
        /// Whether people rate their contacts, and who sees it.
        contact_rating: ContactRating = ContactRating::Off, role, told;
        /// Logins of people who are everybody's contacts.
        auto_contacts: Texts = Texts(Vec::new()), front, untold, 0 to 100;
        /// In open modes: whether people may page through everybody, or must search.
        list_everybody: bool = true, role, told;
        /// Nobody finds or asks somebody of a smaller rank than their own.
        rank: u32 = 100, role, untold, 0 to 1000;
        /// Whether others can add and write to this person.
        reachable: bool = true, role, told;
    }
    presence {
        /// Whether people may appear offline to everybody.
        invisible: bool = true, role, told;
        /// Reasons that can be chosen for being online.
        online_reasons: Texts = Texts(Vec::new()), front, told, 0 to 10;
        /// Reasons that can be chosen for being away.
        away_reasons: Texts = Texts(Vec::new()), front, told, 0 to 10;
        /// Reasons that can be chosen for being busy.
        busy_reasons: Texts = Texts(Vec::new()), front, told, 0 to 10;
        /// Reasons that can be chosen for not wanting to be disturbed.
        do_not_disturb_reasons: Texts = Texts(Vec::new()), front, told, 0 to 10;
        /// After how long without a touch a client shows its person as away.
        auto_away_after: Span = Span::minutes(10), front, told, 60 to 86400;
        /// Whether people see when others were here last.
        show_last_seen: bool = true, front, told;
        /// Whether people see others' time zones.
        show_time_zone: bool = true, front, told;
        /// How often clients that can't wait for an answer should ask.
        poll_interval: Span = Span(std::time::Duration::from_secs(20)), front, told, 1 to 3600;
    }
    messages {
        /// Whether messages may be written to people who are not here.
        offline_messages: bool = true, role, told;
        /// How long messages are kept.
        message_retention: Period = FOREVER, front, told, 60 to 3153600000;
        /// How long messages that nobody has fetched are kept.
        undelivered_validity: Period = Period::For(Span::days(90)), front, told, 60 to 3153600000;
        /// How long a message can be changed after it was sent; 0 = never.
        edit_window: Span = Span::minutes(15), role, told, 0 to 31536000;
        /// How long a message can be deleted by its sender after it was sent; 0 = never.
        delete_window: Span = Span::minutes(15), role, told, 0 to 31536000;
        /// Whether senders see that their messages were read.
        read_receipts: bool = true, role, told;
        /// Whether others see that this person is typing.
        typing: bool = true, role, told;
        /// Whether people may search their messages.
        search: bool = true, role, told;
        /// Whether people may save their conversations as a file.
        export: bool = true, role, told;
        /// A file with words that messages, names, topics and other texts for others must not have, one a line.
        word_filter: FilePath = FilePath(String::new()), front, untold;
        /// What happens to a text with a word of the filter.
        word_filter_action: WordFilterAction = WordFilterAction::Mask, front, untold;
        /// Whether people may react to messages with a symbol.
        reactions: bool = true, role, told;
    }
    attachments {
        /// Whether people may send files.
        attachments: bool = true, role, told;
        /// The largest file that can be sent.
        max_attachment: Size = Size::megabytes(20), role, told, 1024 to 10737418240;
        /// How much room one person's files may take.
        attachment_space: Size = Size::megabytes(500), role, told;
        /// Most files that a person may send within seven days.
        attachments_per_week: Limit = UNLIMITED, role, told;
        /// How long files are kept.
        attachment_retention: Period = FOREVER, front, told, 3600 to 3153600000;
    }
    conferences {
        /// Whether people may open conversations of several.
        conferences: bool = true, role, told;
        /// Most people in such a conversation.
        max_conference_members: u32 = 50, role, told, 2 to 500;
    }
    groups {
        /// Whether people may join groups, or ask to.
        join_groups: bool = true, role, told;
        /// Whether people may make groups.
        create_groups: bool = false, role, told;
        /// Most groups that a person may have made.
        max_own_groups: u32 = 5, role, told, 0 to 1000;
        /// Groups that everybody who enters is put into.
        default_groups: Texts = Texts(Vec::new()), front, untold, 0 to 100;
    }
    shoutbox {
        /// Whether there is a shoutbox, and the person may read and write in it.
        shoutbox: bool = false, role, told;
        /// Most shouts of a person a day.
        shouts_per_day: Limit = Limit::AtMost(50), role, told;
        /// Most shouts of a person within seven days.
        shouts_per_week: Limit = UNLIMITED, role, told;
        /// Whether shouts wait for a moderator.
        shout_approval: bool = false, role, told;
        /// Most shouts of a person that wait for a moderator.
        shout_queue_person: u32 = 3, role, told, 1 to 1000;
        /// Most shouts that wait for a moderator.
        shout_queue: u32 = 10, front, told, 1 to 10000;
        /// Whether people vote on shouts.
        shout_votes: bool = false, role, told;
        /// Most votes of a person a day.
        shout_votes_per_day: Limit = UNLIMITED, role, told;
        /// Most votes of a person within seven days.
        shout_votes_per_week: Limit = UNLIMITED, role, told;
        /// How many votes against it hide a shout; 0 = however many.
        shout_hidden_by_votes: u32 = 0, front, untold, 0 to 100000;
        /// After how many rejected shouts a person may not shout any more; 0 = never.
        shout_mute_after_rejections: u32 = 0, role, untold, 0 to 100000;
        /// After how many votes against their shouts a person may not shout any more; 0 = never.
        shout_mute_after_votes: u32 = 0, role, untold, 0 to 100000;
        /// How long shouts are kept.
        shout_retention: Span = Span::days(30), front, told, 60 to 3153600000;
        /// How many shouts are kept.
        shouts_kept: u32 = 200, front, untold, 1 to 100000;
        /// Whether everybody may read the shoutbox, without a session.
        shoutbox_public: bool = false, front, told;
    }
    accounts {
        /// Whether new accounts wait for an administrator.
        approve_new_accounts: bool = false, front, untold;
        /// After how long without a login an account is locked.
        lock_after_inactivity: Period = FOREVER, role, untold, 86400 to 3153600000;
        /// After how long without a login an account is deleted.
        delete_after_inactivity: Period = FOREVER, front, untold, 86400 to 3153600000;
        /// Whether people may change what is shown of them.
        change_profile: bool = true, role, told;
        /// Whether people may leave for good.
        leave: bool = true, role, told;
    }
    alerts {
        /// Whether the person may alert the administrators.
        alert_administrators: bool = false, role, told;
        /// Whether the person receives the alerts to administrators.
        receive_alerts: bool = false, role, told;
        /// Whether those who receive alerts are told when a report, a new account or a shout waits for a decision.
        alert_of_waiting: bool = true, front, untold;
        /// Whether the person may alert everybody of a group.
        alert_group: bool = false, role, told;
        /// Whether the person may alert everybody.
        alert_everybody: bool = false, role, told;
        /// Whether the person moderates: the shout queue, reports, removing messages, muting people.
        moderator: bool = false, role, told;
    }
    front {
        /// The front is closed for maintenance, and this is why.
        maintenance: Text = Text(String::new()), front, untold, 0 to 1000;
        /// The front has moved here: nobody logs in any more.
        moved_to: WebAddress = WebAddress(String::new()), front, untold;
        /// Where the front has moved to is told after a login only.
        moved_to_after_login: WebAddress = WebAddress(String::new()), front, untold;
        /// What people read on the sign-in page, and in the chat until they dismiss it. Whoever opens the page reads it.
        welcome: Text = Text(String::new()), front, untold, 0 to 4000;
        /// How to reach those who run this, shown on the sign-in page and in the menu: a link when it is `mailto:…`, a mail address or `https://…`, else text.
        admin_contact: Text = Text(String::new()), front, untold, 0 to 1000;
        /// The site that this front belongs to, linked on the sign-in page and in the menu.
        site_url: WebAddress = WebAddress(String::new()), front, untold;
        /// Whether numbers about what happens at the front are kept.
        statistics: bool = true, front, untold;
    }
}
