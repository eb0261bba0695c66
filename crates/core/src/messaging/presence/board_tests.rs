use proptest::prelude::*;

use super::*;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

/// One person with two devices.
struct One {
    board: PresenceBoard,
    main: CommunityId,
    me: AccountId,
    devices: [SessionId; 2],
}

impl One {
    fn new() -> Self {
        let devices = [SessionId::generate(at(0)), SessionId::generate(at(0))];
        Self {
            board: PresenceBoard::new(),
            main: CommunityId::default(),
            me: AccountId::generate(at(0)),
            devices,
        }
    }

    fn opened(&self, device: usize, now: i64) -> bool {
        self.board.opened(&self.main, self.me, self.devices[device], at(now)).shown
    }

    fn closed(&self, device: usize, now: i64) {
        self.board.closed(&self.main, self.me, self.devices[device], at(now));
    }

    fn idle(&self, device: usize, idle: bool, now: i64) -> bool {
        self.board.idle(&self.main, self.me, self.devices[device], idle, at(now)).shown
    }

    fn choose(&self, state: PresenceState, reason: Option<&str>, now: i64) -> bool {
        let choice = PresenceChoice { state, reason: reason.map(Arc::from) };
        let record = PresenceRecord { choice, ..self.board.record(&self.main, self.me).unwrap_or_default() };
        self.board.keeps(&self.main, self.me, record, at(now)).shown
    }

    fn view(&self) -> PresenceView {
        self.board.view(&self.main, self.me).unwrap_or_default()
    }

    fn state(&self) -> PresenceState {
        self.view().state
    }

    fn own(&self) -> PresenceState {
        self.board.own(&self.main, self.me, None).unwrap().state
    }

    fn sweep(&self, now: i64) -> bool {
        self.board.sweep(at(now)).iter().any(|(_, _, changed)| changed.shown)
    }
}

#[test]
fn a_reconnect_within_45_seconds_makes_no_event() {
    let one = One::new();
    assert!(one.opened(0, 0));
    one.closed(0, 10);
    assert!(!one.sweep(54));
    assert!(!one.opened(0, 54));
}

#[test]
fn somebody_with_an_open_poll_stays_online_however_long() {
    let one = One::new();
    one.opened(0, 0);
    assert!(!one.sweep(10_000));
    one.closed(0, 10_000);
    assert!(one.sweep(10_046));
    assert_eq!(
        one.view(),
        PresenceView { state: PresenceState::Offline, reason: None, since: Some(at(10_000)) }
    );
}

#[test]
fn the_best_of_two_devices_counts() {
    let one = One::new();
    one.opened(0, 0);
    assert!(!one.opened(1, 1));
    one.closed(0, 2);
    assert!(!one.sweep(100), "the other device is still here");
    assert!(one.idle(1, true, 101), "and nobody sits there now");
    assert_eq!(one.state(), PresenceState::Away);
    assert!(one.opened(0, 102));
    assert_eq!(one.state(), PresenceState::Online);
}

#[test]
fn an_idle_device_that_comes_back_is_still_idle() {
    let one = One::new();
    one.opened(0, 0);
    one.idle(0, true, 1);
    one.closed(0, 2);
    assert!(one.sweep(60));
    one.opened(0, 70);
    assert_eq!(one.state(), PresenceState::Away);
}

#[test]
fn who_leaves_an_idle_device_behind_is_away_and_not_gone() {
    let one = One::new();
    one.opened(0, 0);
    one.opened(1, 0);
    one.idle(1, true, 1);
    one.closed(0, 2);
    assert!(one.sweep(60));
    assert_eq!(one.view(), PresenceView { state: PresenceState::Away, reason: None, since: Some(at(60)) });
}

#[test]
fn what_was_chosen_holds_whatever_the_devices_say() {
    for state in [PresenceState::Away, PresenceState::Busy, PresenceState::DoNotDisturb] {
        let one = One::new();
        one.opened(0, 0);
        assert!(one.choose(state, Some("Meeting"), 1));
        assert!(!one.idle(0, true, 2));
        assert!(!one.opened(1, 3));
        let shown = PresenceView { state, reason: Some("Meeting".into()), since: Some(at(1)) };
        assert_eq!(one.view(), shown);
        assert!(one.choose(state, None, 4), "another reason is told");
        assert_eq!(one.view().since, Some(at(1)), "and is no other state");
    }
}

#[test]
fn the_reason_of_online_is_not_that_of_an_automatic_away() {
    let one = One::new();
    one.opened(0, 0);
    one.choose(PresenceState::Online, Some("At home"), 1);
    assert_eq!(one.view().reason.as_deref(), Some("At home"));
    one.idle(0, true, 2);
    assert_eq!(one.view().reason, None);
}

#[test]
fn whoever_turns_invisible_has_gone_as_far_as_others_can_tell() {
    let one = One::new();
    one.opened(0, 0);
    assert!(one.choose(PresenceState::Invisible, None, 10));
    let gone = PresenceView { state: PresenceState::Offline, reason: None, since: Some(at(10)) };
    assert_eq!((one.view(), one.own()), (gone.clone(), PresenceState::Invisible));
    one.closed(0, 20);
    assert!(!one.sweep(100), "nobody sees the true departure");
    assert!(!one.opened(0, 200), "nor the coming back");
    assert_eq!(one.view(), gone);
    assert_eq!(one.board.take_unwritten().len(), 1, "the time of vanishing is what is kept");
    assert!(one.choose(PresenceState::Online, None, 300));
    assert_eq!(one.state(), PresenceState::Online);
}

#[test]
fn a_choice_is_not_forgotten_while_its_person_is_gone() {
    let one = One::new();
    one.opened(0, 0);
    one.choose(PresenceState::Invisible, None, 1);
    one.closed(0, 2);
    one.sweep(60);
    one.board.take_unwritten();
    assert_eq!(one.board.forget_idle(at(5000), Duration::from_secs(600)).len(), 1);
    assert!(!one.opened(0, 5001));
    assert_eq!(one.own(), PresenceState::Invisible);
}

#[test]
fn who_was_here_when_the_server_stopped_was_here_until_then() {
    let one = One::new();
    one.opened(0, 0);
    one.board.everybody_leaves(at(9));
    assert_eq!(one.board.take_unwritten(), [(one.main.clone(), one.me, at(9))]);
    one.choose(PresenceState::Invisible, None, 10);
    one.board.take_unwritten();
    one.board.everybody_leaves(at(11));
    assert!(one.board.take_unwritten().is_empty(), "nobody could see them");
}

#[test]
fn who_was_known_from_before_was_last_seen_then() {
    let one = One::new();
    let record = PresenceRecord { seen_at: Some(at(-500)), ..PresenceRecord::default() };
    one.board.learn(&one.main, one.me, record);
    assert_eq!(one.view().since, Some(at(-500)));
    assert!(one.opened(0, 0));
    assert_eq!(one.view().since, Some(at(0)));
}

#[derive(Debug, Clone)]
enum Step {
    Open(usize),
    Close(usize),
    End(usize),
    Idle(usize, bool),
    Choose(PresenceState),
    Wait(i64),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let chosen = prop::sample::select(&PresenceState::ALL[..5]);
    prop_oneof![
        3 => (0..2_usize).prop_map(Step::Open),
        2 => (0..2_usize).prop_map(Step::Close),
        1 => (0..2_usize).prop_map(Step::End),
        2 => (0..2_usize, any::<bool>()).prop_map(|(device, idle)| Step::Idle(device, idle)),
        2 => chosen.prop_map(Step::Choose),
        2 => (1..100_i64).prop_map(Step::Wait),
        2 => Just(Step::Sweep),
    ]
}

/// The state that the table of the module says, from what a bystander has noted.
#[derive(Debug, Clone, Copy, Default)]
struct Noted {
    open: [u32; 2],
    seen: [Option<i64>; 2],
    idle: [bool; 2],
}

impl Noted {
    fn state(&self, now: i64, chosen: PresenceState) -> PresenceState {
        let here: Vec<usize> = (0..2)
            .filter(|&device| self.open[device] > 0 || self.seen[device].is_some_and(|seen| now - seen <= 45))
            .collect();
        match chosen {
            _ if here.is_empty() => PresenceState::Offline,
            PresenceState::Online if here.iter().all(|&device| self.idle[device]) => PresenceState::Away,
            chosen => chosen,
        }
    }
}

proptest! {
    #[test]
    fn whatever_two_devices_do_the_table_holds_and_every_change_is_told(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let one = One::new();
        one.board.learn(&one.main, one.me, PresenceRecord::default());
        let (mut now, mut chosen, mut noted) = (0, PresenceState::Online, Noted::default());
        for step in steps {
            let before = one.view();
            let told = match step.clone() {
                Step::Open(device) => {
                    noted.open[device] += 1;
                    noted.seen[device] = Some(now);
                    one.opened(device, now)
                }
                Step::Close(device) => {
                    noted.open[device] = noted.open[device].saturating_sub(1);
                    if noted.seen[device].is_some() {
                        noted.seen[device] = Some(now);
                    }
                    one.closed(device, now);
                    continue;
                }
                Step::End(device) => {
                    (noted.open[device], noted.seen[device], noted.idle[device]) = (0, None, false);
                    one.board.ended(&one.main, one.me, one.devices[device], at(now)).shown
                }
                Step::Idle(device, idle) => {
                    // A device speaks through a request, and that is a sign of life of its own.
                    let _ = one.board.seen(&one.main, one.me, one.devices[device], at(now));
                    noted.seen[device] = Some(now);
                    noted.idle[device] = idle;
                    one.idle(device, idle, now);
                    continue;
                }
                Step::Choose(state) => {
                    chosen = state;
                    one.choose(state, None, now)
                }
                Step::Wait(seconds) => {
                    now += seconds;
                    // What is asleep for ten minutes is forgotten; the steps never wait that long without a sweep.
                    for device in 0..2 {
                        if noted.open[device] == 0 && noted.seen[device].is_some_and(|seen| now - seen > 600) {
                            one.board.sweep(at(now));
                            noted.idle[device] = false;
                            noted.seen[device] = None;
                        }
                    }
                    continue;
                }
                Step::Sweep => one.sweep(now),
            };
            let state = noted.state(now, chosen);
            prop_assert_eq!(one.own(), state, "after {:?} at {}", step, now);
            prop_assert_eq!(one.state(), state.shown());
            prop_assert_eq!(told, one.view() != before, "a change is told, and nothing else: {:?}", step);
        }
    }
}
