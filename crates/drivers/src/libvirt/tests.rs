//! What a daemon may do wrong, played by one of our own; the real one is asked in `tests/endpoints`.

use tokio::net::UnixListener;

use super::*;

fn message(procedure: u32, serial: u32, kind: u32, status: u32, content: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    let length = u32::try_from(HEADER + content.len()).unwrap();
    for word in [length, PROGRAM, VERSION, procedure, kind, serial, status] {
        writer.unsigned(word);
    }
    writer.raw(content);
    writer.into_bytes()
}

/// What becomes of a call whose answers are those bytes, after a connection that is opened as it should be.
async fn answered(
    function: &str,
    arguments: Value,
    answers: Vec<Vec<u8>>,
) -> Result<Answer, SendError> {
    let folder = std::env::temp_dir().join(format!("samos-libvirt-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let socket = folder.join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let opening = [
            message(LIST_AUTHENTICATION, 1, A_REPLY, SUCCEEDED, &[0; 4]),
            message(OPEN, 2, A_REPLY, SUCCEEDED, &[]),
        ];
        for answer in opening.iter().chain(&answers) {
            let mut length = [0; 4];
            if stream.read_exact(&mut length).await.is_err() {
                return;
            }
            let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
            stream.read_exact(&mut rest).await.unwrap();
            stream.write_all(answer).await.unwrap();
        }
    });
    let driver =
        LibvirtDriver::new(&format!("test:///default?socket={}", socket.display())).unwrap();
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object");
    };
    let call = Call::Libvirt {
        function: function.to_owned(),
        arguments,
    };
    let answer = driver.send(&call, &SendOptions::default()).await;
    served.await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    answer
}

fn domain() -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text("vm");
    writer.raw(&[7; 16]);
    writer.unsigned(u32::MAX); // -1: it does not run
    writer.into_bytes()
}

fn vm() -> Value {
    json!({ "domain": "vm" })
}

#[tokio::test]
async fn a_result_comes_after_events_that_are_passed_over() {
    let mut state = Writer::default();
    state.unsigned(5);
    state.unsigned(1);
    let mut answer = message(318, 0, 2, SUCCEEDED, &[1, 2, 3, 4]);
    answer.extend(message(
        functions::GET_STATE,
        4,
        A_REPLY,
        SUCCEEDED,
        &state.into_bytes(),
    ));
    let found = message(functions::LOOK_UP_BY_NAME, 3, A_REPLY, SUCCEEDED, &domain());
    let answer = answered("virDomainGetState", vm(), vec![found, answer])
        .await
        .unwrap();
    assert_eq!(answer.document, json!({ "state": 5, "reason": 1 }));
}

#[tokio::test]
async fn an_error_is_an_answer_with_its_number() {
    let mut error = Writer::default();
    for word in [42, 10, 1] {
        error.unsigned(word);
    }
    error.text("Domain not found");
    for word in [2, 0, 0, 0, 0, 0, 0, 0] {
        error.unsigned(word);
    }
    let refusal = message(
        functions::LOOK_UP_BY_NAME,
        3,
        A_REPLY,
        FAILED,
        &error.into_bytes(),
    );
    let answer = answered("virDomainCreate", vm(), vec![refusal])
        .await
        .unwrap();
    let error = answer.error.unwrap();
    assert_eq!((&*error.code, &*error.message), ("42", "Domain not found"));
}

#[tokio::test]
async fn what_hangs_up_before_the_change_changed_nothing_and_after_it_nobody_knows() {
    let cut = vec![0, 0, 0];
    let early = answered("virDomainCreate", vm(), vec![cut.clone()]).await;
    assert!(!early.unwrap_err().may_have_taken_effect());
    let found = message(functions::LOOK_UP_BY_NAME, 3, A_REPLY, SUCCEEDED, &domain());
    let late = answered("virDomainCreate", vm(), vec![found, cut]).await;
    assert!(late.unwrap_err().may_have_taken_effect());
}

#[tokio::test]
async fn messages_of_impossible_length_are_refused() {
    let found = message(functions::LOOK_UP_BY_NAME, 3, A_REPLY, SUCCEEDED, &domain());
    for length in [3_u32, u32::MAX] {
        let mut answer = message(9, 4, A_REPLY, SUCCEEDED, &[]);
        answer.splice(..4, length.to_be_bytes());
        let problem = answered("virDomainCreate", vm(), vec![found.clone(), answer]).await;
        assert!(
            matches!(problem, Err(SendError::Malformed { .. })),
            "{problem:?}"
        );
    }
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_not_sent() {
    let found = message(functions::LOOK_UP_BY_NAME, 3, A_REPLY, SUCCEEDED, &domain());
    let arguments = json!({ "domain": "vm", "memory": "much", "flags": 6 });
    let problem = answered("virDomainSetMemoryFlags", arguments, vec![found])
        .await
        .unwrap_err();
    assert!(
        problem
            .to_string()
            .contains("`memory` is missing or not a number"),
        "{problem}"
    );
    assert!(!problem.may_have_taken_effect());
}

#[test]
fn a_uri_says_which_daemon() {
    let of = |uri: &str| LibvirtDriver::new(uri).map(|driver| (driver.sockets, driver.uri));
    let named = of("qemu+unix:///system?socket=/run/a%20b&mode=direct").unwrap();
    assert_eq!(
        named,
        (
            vec![PathBuf::from("/run/a b")],
            "qemu:///system?mode=direct".to_owned()
        )
    );
    let (sockets, _) = of("qemu:///system").unwrap();
    assert!(sockets.contains(&PathBuf::from("/run/libvirt/virtqemud-sock")));
    for (uri, reason) in [
        ("qemu+ssh://far/system", "another machine"),
        ("qemu://far/system", "another machine"),
        ("qemu:///session", "session"),
        ("../x:///system", "hypervisor"),
        ("system", "URI"),
    ] {
        let message = of(uri).unwrap_err().to_string();
        assert!(message.contains(reason), "{message}");
    }
}
