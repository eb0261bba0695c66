use super::*;
use crate::Timestamp;
use crate::testing::MockClock;

const MINUTE: Duration = Duration::from_secs(60);

fn throttle() -> (Throttle, MockClock) {
    let clock = MockClock::new(Timestamp::from_secs(1_000_000));
    (Throttle::new(ThrottleRules::default(), Arc::new(clock.clone())), clock)
}

fn from(address: &str) -> Tries<'static> {
    Tries { scopes: &["forum"], login: Some("ann"), peer: Some(address.parse().unwrap()), device: None }
}

/// Guesses wrongly until it isn't heard any more: how often it was, and how long the pause is.
async fn guess(throttle: &Throttle, tries: Tries<'_>) -> (usize, Duration) {
    let mut heard = 0;
    loop {
        match throttle.begin(tries).await {
            Ok(attempt) => drop(attempt),
            Err(throttled) => return (heard, throttled.retry_after),
        }
        heard += 1;
    }
}

#[tokio::test]
async fn each_pause_of_one_place_is_twice_as_long_up_to_a_ceiling() {
    let (throttle, clock) = throttle();
    for minutes in [5, 10, 20, 40, 60, 60] {
        let (heard, pause) = guess(&throttle, from("192.0.2.1")).await;
        assert_eq!((heard, pause), (5, minutes * MINUTE));
        clock.advance(pause - Duration::from_secs(1));
        assert!(throttle.begin(from("192.0.2.1")).await.is_err());
        clock.advance(Duration::from_secs(1));
    }
    clock.advance(25 * 60 * MINUTE);
    assert_eq!(guess(&throttle, from("192.0.2.1")).await, (5, 5 * MINUTE), "a day later it is forgotten");
}

#[tokio::test]
async fn strangers_never_lock_the_owner_out_of_a_network_that_is_known() {
    let (throttle, clock) = throttle();
    throttle.begin(from("198.51.100.7")).await.unwrap().succeeded();
    for hour in 0..200 {
        let stranger = format!("192.0.2.{hour}");
        let _ = guess(&throttle, from(&stranger)).await;
        throttle.begin(from("198.51.100.7")).await.unwrap().succeeded();
        clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn strangers_never_lock_the_owner_out_of_a_device_that_is_known() {
    let (throttle, _) = throttle();
    let key = DeviceKey::new(&[7; 32]);
    let token = key.issue("forum", "Ann").unwrap();
    let device = key.recognise(&token, &["domain", "forum"], " ann ").unwrap();
    // Even in the same network.
    let _ = guess(&throttle, from("192.0.2.1")).await;
    let known = Tries { device: Some(device), ..from("192.0.2.1") };
    throttle.begin(known).await.unwrap().succeeded();
    let (heard, pause) = guess(&throttle, known).await;
    assert_eq!((heard, pause), (5, 5 * MINUTE), "a known device can't guess for ever either");
}

#[test]
fn a_device_is_known_for_its_own_name_and_name_space_alone() {
    let key = DeviceKey::new(&[7; 32]);
    let token = key.issue("forum", "ann").unwrap();
    assert!(key.recognise(&token, &["forum"], "ann").is_some());
    assert!(key.recognise(&token, &["forum"], "ben").is_none());
    assert!(key.recognise(&token, &["domain"], "ann").is_none());
    assert!(DeviceKey::new(&[8; 32]).recognise(&token, &["forum"], "ann").is_none());
    for bad in ["", "x", &"A".repeat(43), &"A".repeat(5000)] {
        assert!(key.recognise(bad, &["forum"], "ann").is_none());
    }
}

#[tokio::test]
async fn many_strangers_together_have_no_more_guesses_than_one_and_the_pause_never_grows() {
    let (throttle, clock) = throttle();
    for round in 0..20 {
        let mut heard = 0;
        for stranger in 0..50 {
            if let Ok(attempt) = throttle.begin(from(&format!("192.0.{round}.{stranger}"))).await {
                drop(attempt);
                heard += 1;
            }
        }
        assert_eq!(heard, 5);
        clock.advance(5 * MINUTE);
    }
    throttle.begin(from("203.0.113.1")).await.unwrap().succeeded();
}

#[tokio::test]
async fn a_network_that_tries_many_names_is_paused_for_longer_and_longer() {
    let (throttle, clock) = throttle();
    for minutes in [5, 10] {
        let mut refused = None;
        for number in 0..100 {
            let name = format!("{minutes}-{number}");
            let tries = Tries { login: Some(&name), ..from("192.0.2.1") };
            match throttle.begin(tries).await {
                Ok(attempt) => drop(attempt),
                Err(throttled) => {
                    refused.get_or_insert((number, throttled.retry_after));
                }
            }
        }
        assert_eq!(refused, Some((50, minutes * MINUTE)));
        clock.advance(minutes * MINUTE);
    }
}

#[tokio::test]
async fn neighbours_of_one_ipv6_network_are_one() {
    let (throttle, _) = throttle();
    let _ = guess(&throttle, from("2001:db8::1")).await;
    assert!(throttle.begin(from("2001:db8::2")).await.is_err());
}

#[tokio::test]
async fn a_success_forgives_the_typing_mistakes_before_it() {
    let (throttle, _) = throttle();
    for _ in 0..10 {
        for _ in 0..4 {
            drop(throttle.begin(from("192.0.2.1")).await.unwrap());
        }
        throttle.begin(from("192.0.2.1")).await.unwrap().succeeded();
    }
}

#[tokio::test]
async fn what_is_asked_for_somebody_counts_whether_or_not_it_works() {
    let (throttle, clock) = throttle();
    for _ in 0..5 {
        drop(throttle.begin_for(Purpose::Reset, "ann", None).await.unwrap());
    }
    assert!(throttle.begin_for(Purpose::Reset, " ANN", None).await.is_err());
    assert!(throttle.begin_for(Purpose::SecondStep, "ann", None).await.is_ok(), "each purpose by itself");
    assert!(throttle.begin(from("192.0.2.1")).await.is_ok());
    clock.advance(5 * MINUTE);
    assert!(throttle.begin_for(Purpose::Reset, "ann", None).await.is_ok());
}

#[tokio::test]
async fn what_an_administrator_forgives_is_a_name_and_no_network() {
    let (throttle, _) = throttle();
    let bob = Tries { login: Some("bob"), ..from("192.0.2.1") };
    let _ = (guess(&throttle, from("192.0.2.1")).await, guess(&throttle, bob).await);
    assert!(throttle.forgive(" ANN ") > 0);
    throttle.begin(from("192.0.2.1")).await.unwrap().unanswered();
    assert!(throttle.begin(bob).await.is_err(), "another name");
    assert_eq!(throttle.forgive("ann"), 2, "what that attempt was counted in");
    for number in 0..100 {
        let login = format!("name{number}");
        let tries = Tries { login: Some(&login), ..from("192.0.2.9") };
        drop(throttle.begin(tries).await);
        throttle.forgive(&login);
    }
    assert!(throttle.begin(from("192.0.2.9")).await.is_err(), "the network stays");
}
