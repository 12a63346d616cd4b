//! gRPC-Web: a page that calls by HTTP/1.1, where its origin is let in.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Running;
use crate::running::config;

const PAGE: &str = "https://shop.example";

/// What a page is answered: the head, and the body.
async fn post(running: &Running, origin: &str) -> Option<(String, Vec<u8>)> {
    let text = "给我转人工".as_bytes();
    let field = |value: &[u8]| [&[0x0a, u8::try_from(value.len()).unwrap()], value].concat();
    let message = field(&field(text));
    let body = [&[0], u32::try_from(message.len()).unwrap().to_be_bytes().as_slice(), &message].concat();
    let head = format!(
        "POST /fenliu.v1.Router/Route HTTP/1.1\r\nhost: here\r\norigin: {origin}\r\nconnection: close\r\n\
         content-type: application/grpc-web+proto\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut tcp = tokio::net::TcpStream::connect(running.address).await.unwrap();
    tcp.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
    let mut answer = Vec::new();
    // Who does not speak HTTP/1.1 may end the connection in the middle.
    let _ = tcp.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = answer.split_at(end);
    Some((String::from_utf8(head.to_vec()).ok()?.to_lowercase(), body.to_vec()))
}

fn holds(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_page_that_is_let_in_is_answered() {
    let mut config = config();
    config.grpc_web = vec![PAGE.to_owned()];
    let running = Running::with(config, |start| start).await.ready().await;
    let (head, body) = post(&running, PAGE).await.unwrap();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: application/grpc-web+proto"), "{head}");
    assert!(head.contains(&format!("access-control-allow-origin: {PAGE}")), "{head}");
    assert!(holds(&body, "human_request") && holds(&body, "grpc-status:0"), "{body:?}");
    // Its browser keeps the answer from a page of another origin.
    let (head, _) = post(&running, "https://elsewhere.example").await.unwrap();
    assert!(!head.contains("access-control-allow-origin"), "{head}");
    assert!(running.router().describe(fenliu_server::wire::DescribeRequest {}).await.is_ok(), "HTTP/2 as ever");
}

#[tokio::test]
async fn a_page_may_send_its_token() {
    let mut config = config();
    config.grpc_web = vec![PAGE.to_owned()];
    let running = Running::with(config, |start| start).await.ready().await;
    let asked = format!(
        "OPTIONS /fenliu.v1.Router/Route HTTP/1.1\r\nhost: here\r\norigin: {PAGE}\r\nconnection: close\r\n\
         access-control-request-method: POST\r\n\
         access-control-request-headers: authorization,content-type,x-grpc-web\r\n\r\n"
    );
    let mut tcp = tokio::net::TcpStream::connect(running.address).await.unwrap();
    tcp.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).await.unwrap();
    let answer = answer.to_lowercase();
    assert!(answer.contains("access-control-allow-headers: authorization,content-type,x-grpc-web"), "{answer}");
    assert!(answer.contains("access-control-allow-methods: post"), "{answer}");
}

#[tokio::test]
async fn it_is_off_unless_asked_for() {
    let running = Running::start().await.ready().await;
    let answer = post(&running, PAGE).await;
    assert!(answer.is_none_or(|(head, body)| !head.contains("200 ok") && !holds(&body, "human_request")));
}
