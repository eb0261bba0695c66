//! Files, without their contents.

use portico_core::files::{FileName, FileQuota, FileRefusal, MediaType, StoredFile};
use portico_core::messaging::{Message, Sequence};
use portico_core::{AccountId, FileId};

use crate::world::{NOW, World, at, community, front, main_community, message};

crate::port_tests!(
    a_file_is_kept_as_it_was_announced_and_completed,
    space_and_number_are_counted_per_person_and_community,
    only_the_last_seven_days_count_against_the_number,
    parallel_uploads_stay_within_the_space,
    only_whole_files_of_ones_own_are_given_to_a_conversation,
    a_file_belongs_to_one_conversation,
    a_file_knows_the_message_that_carries_it,
    large_files_are_summed_exactly,
    all_files_of_a_message_are_given_or_none,
    files_that_nobody_wants_are_found_by_front_and_age,
    forgotten_files_are_gone_and_give_their_space_back,
);

const QUOTA: FileQuota = FileQuota { largest: 1000, space: 2500, per_week: Some(3) };

fn file(owner: AccountId, size: u64, begun: i64) -> StoredFile {
    StoredFile {
        id: FileId::generate(at(begun)),
        owner,
        community: main_community(),
        front: front("im"),
        conversation: None,
        message: None,
        name: FileName::new("report ü.pdf"),
        size,
        media_type: MediaType::Bytes,
        complete: false,
        created_at: at(begun),
    }
}

async fn reserve(world: &World, file: &StoredFile, quota: &FileQuota) -> Result<(), FileRefusal> {
    world.store.reserve_file(file, quota).await.unwrap()
}

pub(crate) async fn whole(world: &World, owner: AccountId, begun: i64) -> FileId {
    let new = file(owner, 10, begun);
    reserve(world, &new, &FileQuota { per_week: None, ..QUOTA }).await.unwrap();
    world.store.complete_file(new.id, MediaType::Png).await.unwrap();
    new.id
}

async fn a_file_is_kept_as_it_was_announced_and_completed(world: &World) {
    let ann = world.person("ann").await;
    let new = file(ann, 1000, 0);
    reserve(world, &new, &QUOTA).await.unwrap();
    assert_eq!(world.store.file(new.id).await.unwrap(), Some(new.clone()));
    world.store.complete_file(new.id, MediaType::Jpeg).await.unwrap();
    let complete = StoredFile { complete: true, media_type: MediaType::Jpeg, ..new };
    assert_eq!(world.store.file(complete.id).await.unwrap(), Some(complete));
    assert_eq!(world.store.file(FileId::generate(NOW)).await.unwrap(), None);
}

async fn space_and_number_are_counted_per_person_and_community(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    assert_eq!(
        reserve(world, &file(ann, 1001, 0), &QUOTA).await,
        Err(FileRefusal::TooLarge { largest: 1000 })
    );
    for _ in 0..2 {
        reserve(world, &file(ann, 1000, 0), &QUOTA).await.unwrap();
    }
    assert_eq!(reserve(world, &file(ann, 501, 0), &QUOTA).await, Err(FileRefusal::NoSpace { space: 2500 }));
    reserve(world, &file(ann, 500, 0), &QUOTA).await.unwrap();
    let roomy = FileQuota { space: 1_000_000, ..QUOTA };
    assert_eq!(reserve(world, &file(ann, 1, 0), &roomy).await, Err(FileRefusal::TooMany { per_week: 3 }));
    reserve(world, &file(ben, 1000, 0), &QUOTA).await.unwrap();
    let elsewhere = StoredFile { community: community("elsewhere"), ..file(ann, 1000, 0) };
    reserve(world, &elsewhere, &QUOTA).await.unwrap();
}

async fn only_the_last_seven_days_count_against_the_number(world: &World) {
    let ann = world.person("ann").await;
    let week = 7 * 24 * 3600;
    for _ in 0..3 {
        reserve(world, &file(ann, 1, 0), &QUOTA).await.unwrap();
    }
    assert!(reserve(world, &file(ann, 1, week - 1), &QUOTA).await.is_err());
    reserve(world, &file(ann, 1, week), &QUOTA).await.unwrap();
}

async fn parallel_uploads_stay_within_the_space(world: &World) {
    let ann = world.person("ann").await;
    let quota = FileQuota { largest: 100, space: 500, per_week: None };
    let uploads = (0..20).map(|_| async { reserve(world, &file(ann, 100, 0), &quota).await.is_ok() });
    let taken = futures_util::future::join_all(uploads).await.into_iter().filter(|taken| *taken).count();
    assert_eq!(taken, 5);
}

async fn only_whole_files_of_ones_own_are_given_to_a_conversation(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let talk = world.talk(ann, ben).await;
    let mine = whole(world, ann, 0).await;
    let half = file(ann, 10, 0);
    reserve(world, &half, &QUOTA).await.unwrap();
    let store = &world.store;
    assert_eq!(store.claim_files(&[mine], ben, talk).await.unwrap(), Err(FileRefusal::NotYours));
    assert_eq!(store.claim_files(&[half.id], ann, talk).await.unwrap(), Err(FileRefusal::NotYours));
    let unknown = FileId::generate(NOW);
    assert_eq!(store.claim_files(&[unknown], ann, talk).await.unwrap(), Err(FileRefusal::NotYours));
    let given = store.claim_files(&[mine], ann, talk).await.unwrap().unwrap();
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].id, given[0].conversation), (mine, Some(talk)));
    assert_eq!(store.file(mine).await.unwrap().unwrap().conversation, Some(talk));
}

async fn a_file_belongs_to_one_conversation(world: &World) {
    let people = world.people(3).await;
    let (first, second) = (world.talk(people[0], people[1]).await, world.talk(people[0], people[2]).await);
    let mine = whole(world, people[0], 0).await;
    let store = &world.store;
    store.claim_files(&[mine], people[0], first).await.unwrap().unwrap();
    store.claim_files(&[mine], people[0], first).await.unwrap().expect("a repeated send finds it again");
    assert_eq!(store.claim_files(&[mine], people[0], second).await.unwrap(), Err(FileRefusal::NotYours));
}

async fn a_file_knows_the_message_that_carries_it(world: &World) {
    let people = world.people(3).await;
    let (talk, other) = (world.talk(people[0], people[1]).await, world.talk(people[0], people[2]).await);
    let mine = whole(world, people[0], 0).await;
    let store = &world.store;
    let given = store.claim_files(&[mine], people[0], talk).await.unwrap().unwrap();
    assert_eq!(given[0].message, None, "it is not sent yet");
    let carried: Vec<_> = given.iter().map(StoredFile::attached).collect();
    let elsewhere = Message { files: carried.clone(), ..message(1, other, people[0], "not here") };
    let carrier = Message { files: carried, ..message(2, talk, people[0], "here") };
    store.append(&[carrier, elsewhere, message(3, talk, people[1], "thanks")]).await.unwrap();
    let file = store.file(mine).await.unwrap().unwrap();
    assert_eq!((file.conversation, file.message), (Some(talk), Some(Sequence::new(2))));
}

async fn large_files_are_summed_exactly(world: &World) {
    let ann = world.person("ann").await;
    let large = 3_000_000_000;
    let quota = FileQuota { largest: large, space: 3 * large, per_week: None };
    for _ in 0..3 {
        reserve(world, &file(ann, large, 0), &quota).await.unwrap();
    }
    let refused = reserve(world, &file(ann, 1, 0), &quota).await;
    assert_eq!(refused, Err(FileRefusal::NoSpace { space: 3 * large }));
}

async fn all_files_of_a_message_are_given_or_none(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let talk = world.talk(ann, ben).await;
    let (mine, other, theirs) =
        (whole(world, ann, 0).await, whole(world, ann, 1).await, whole(world, ben, 0).await);
    let store = &world.store;
    assert!(store.claim_files(&[mine, theirs], ann, talk).await.unwrap().is_err());
    assert_eq!(store.file(mine).await.unwrap().unwrap().conversation, None);
    let given = store.claim_files(&[other, mine], ann, talk).await.unwrap().unwrap();
    assert_eq!(given.iter().map(|file| file.id).collect::<Vec<_>>(), [other, mine], "in the order asked for");
}

async fn files_that_nobody_wants_are_found_by_front_and_age(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let talk = world.talk(ann, ben).await;
    let (old, young) = (whole(world, ann, 0).await, whole(world, ann, 100).await);
    let sent = whole(world, ann, 0).await;
    world.store.claim_files(&[sent], ann, talk).await.unwrap().unwrap();
    let stale = |claimed_before, limit| {
        let store = &world.store;
        async move { store.stale_files(&front("im"), at(50), claimed_before, limit).await.unwrap() }
    };
    assert_eq!(stale(None, 10).await, [old]);
    let mut both = stale(Some(at(50)), 10).await;
    both.sort();
    let mut wanted = [old, sent];
    wanted.sort();
    assert_eq!(both, wanted);
    assert_eq!(stale(Some(at(50)), 1).await.len(), 1);
    let elsewhere = world.store.stale_files(&front("other"), at(1000), Some(at(1000)), 10).await.unwrap();
    assert_eq!(elsewhere, []);
    assert!(world.store.file(young).await.unwrap().is_some());
}

async fn forgotten_files_are_gone_and_give_their_space_back(world: &World) {
    let ann = world.person("ann").await;
    let quota = FileQuota { largest: 100, space: 100, per_week: None };
    let first = file(ann, 100, 0);
    reserve(world, &first, &quota).await.unwrap();
    assert!(reserve(world, &file(ann, 1, 0), &quota).await.is_err());
    world.store.forget_files(&[first.id, FileId::generate(NOW)]).await.unwrap();
    assert_eq!(world.store.file(first.id).await.unwrap(), None);
    reserve(world, &file(ann, 100, 0), &quota).await.unwrap();
}
