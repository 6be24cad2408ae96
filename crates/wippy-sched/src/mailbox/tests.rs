use super::*;

/// What became of a push: the token, and whether the node came back to be handed over.
#[derive(Debug, PartialEq)]
enum Told {
    Delivered,
    Woke { handed: bool },
}

fn push(mailbox: &Mailbox<u32>, class: Class, v: u32) -> Result<Told, Refused> {
    match mailbox.push(Node::new(class, v)) {
        Ok(Pushed::Delivered) => Ok(Told::Delivered),
        Ok(Pushed::Woke(node)) => Ok(Told::Woke { handed: node.is_some_and(|node| node.body == v) }),
        Err((_, why)) => Err(why),
    }
}

#[test]
fn messages_come_out_in_the_order_they_went_in_also_over_several_takes() {
    let mailbox = Mailbox::new();
    mailbox.open(0);
    let mut taken = Taken::default();
    for v in 0..3 {
        assert_eq!(push(&mailbox, Class::Ordinary, v), Ok(Told::Delivered));
    }
    mailbox.take(&mut taken);
    let _ = push(&mailbox, Class::Signal, 3);
    mailbox.take(&mut taken);
    let all: Vec<_> = std::iter::from_fn(|| taken.pop()).map(|(v, _)| v).collect();
    assert_eq!(all, [0, 1, 2, 3]);
}

#[test]
fn the_push_that_finds_an_idle_owner_gets_the_token_once() {
    let mailbox = Mailbox::new();
    mailbox.open(0);
    assert!(mailbox.go_idle());
    assert_eq!(push(&mailbox, Class::Ordinary, 1), Ok(Told::Woke { handed: true }));
    assert_eq!(push(&mailbox, Class::Ordinary, 2), Ok(Told::Delivered));
    assert!(!mailbox.go_idle());
}

#[test]
fn what_wakes_an_owner_is_handed_over_unless_the_owner_must_notice_it() {
    for (class, handed) in
        [(Class::Ordinary, true), (Class::Signal, true), (Class::Marked, false), (Class::Urgent, false)]
    {
        let mailbox = Mailbox::new();
        mailbox.open(0);
        assert!(mailbox.go_idle());
        assert_eq!(push(&mailbox, class, 1), Ok(Told::Woke { handed }), "{class:?}");
        assert_eq!(mailbox.has_urgent(), class == Class::Urgent);
        assert_eq!(mailbox.go_idle(), handed, "{class:?}: nothing is left in the mailbox");
    }
}

#[test]
fn what_was_handed_over_comes_before_what_is_taken_later() {
    let mut taken = Taken::default();
    taken.hand(Node::new(Class::Ordinary, 1));
    taken.hand(Node::new(Class::Signal, 2));
    let mailbox = Mailbox::new();
    mailbox.open(0);
    let _ = push(&mailbox, Class::Ordinary, 3);
    mailbox.take(&mut taken);
    let all: Vec<_> = std::iter::from_fn(|| taken.pop()).collect();
    assert_eq!(all, [(1, true), (2, false), (3, true)]);
}

#[test]
fn a_full_mailbox_refuses_messages_but_not_signals() {
    let mailbox = Mailbox::new();
    mailbox.open(2);
    let _ = push(&mailbox, Class::Ordinary, 1);
    let _ = push(&mailbox, Class::Ordinary, 2);
    assert_eq!(push(&mailbox, Class::Ordinary, 3), Err(Refused::Full));
    assert_eq!(push(&mailbox, Class::Signal, 4), Ok(Told::Delivered));
    mailbox.take(&mut Taken::default());
    assert_eq!(push(&mailbox, Class::Ordinary, 3), Err(Refused::Full), "taken is not yet used");
    mailbox.consumed(1);
    assert_eq!(push(&mailbox, Class::Ordinary, 3), Ok(Told::Delivered));
}

#[test]
fn an_urgent_node_overtakes_a_backlog_and_a_marked_one_is_reported() {
    let mailbox = Mailbox::new();
    mailbox.open(0);
    for v in 0..1000 {
        let _ = push(&mailbox, Class::Ordinary, v);
    }
    let _ = push(&mailbox, Class::Urgent, 7777);
    assert!(mailbox.has_urgent());
    let mut taken = Taken::default();
    assert!(!mailbox.take(&mut taken).marked);
    assert_eq!(taken.pop_urgent(), Some(7777));
    let _ = push(&mailbox, Class::Marked, 1);
    assert!(mailbox.take(&mut taken).marked);
}

#[test]
fn a_closed_mailbox_gives_the_node_back_and_drains_what_was_left() {
    let mailbox = Mailbox::new();
    mailbox.open(0);
    let _ = push(&mailbox, Class::Ordinary, 1);
    let mut taken = Taken::default();
    mailbox.close(&mut taken);
    assert_eq!(taken.pop(), Some((1, true)));
    assert_eq!(push(&mailbox, Class::Ordinary, 2), Err(Refused::Closed));
}
