//! Which configurations are refused, and in which words.

use fenliu_redis::{RedisConfig, RedisStore};

#[test]
fn what_cannot_be_meant_is_said_all_at_once_and_without_a_password() {
    for (json, problems) in [
        (r#"{"urls": []}"#, vec!["`urls` is empty, expected one URL, or several of one cluster"]),
        (
            r#"{"urls": ["redis://u:topsecret@127.0.0.1:99999", "http://:topsecret@h"], "prefix": "a{b", "limit_ms": 0}"#,
            vec![
                "`prefix` is `a{b`, expected letters without braces and spaces",
                "`limit_ms` is 0, expected 1 to 60000",
                "`urls[0]` is no URL of a server, expected `redis://[user:password@]host[:port][/database]`",
                "`urls[1]` is no URL of a server, expected `redis://[user:password@]host[:port][/database]`",
            ],
        ),
        (
            r#"{"urls": ["redis://:topsecret@a", "redis://:othersecret@b"]}"#,
            vec!["`urls` of one cluster must agree in user, password, TLS and database"],
        ),
        #[cfg(not(feature = "tls"))]
        (
            r#"{"urls": ["rediss://127.0.0.1"], "connections": 0, "ttl_s": 0}"#,
            vec![
                "`ttl_s` is 0, expected 1 to 7776000",
                "`connections` is 0, expected 1 to 64",
                "`urls[0]` asks for TLS, but the feature `tls` is not built in",
            ],
        ),
    ] {
        let config: RedisConfig = serde_json::from_str(json).unwrap();
        let told = RedisStore::connect(&config).unwrap_err().to_string();
        assert_eq!(told, format!("the conversation store cannot be configured so: {}", problems.join("; ")));
    }
}

#[test]
fn an_unknown_key_is_refused() {
    let error = serde_json::from_str::<RedisConfig>(r#"{"urls": [], "limit": 20}"#).unwrap_err();
    assert!(error.to_string().contains("`limit`"), "{error}");
}
