//! The calls of `fenliu.v1.Admin`.

use std::sync::Arc;

use fenliu::{Policy, Taxonomy};
use tonic::{Request, Response, Status};

use crate::convert;
use crate::reload::Reloader;
use crate::state::{State, profile};
use crate::wire;

/// Answers the calls of `fenliu.v1.Admin`.
#[derive(Debug)]
pub(crate) struct Admin {
    state: Arc<State>,
    reloader: Option<Arc<Reloader>>,
}

impl Admin {
    pub(crate) fn new(state: Arc<State>, reloader: Option<Arc<Reloader>>) -> Self {
        Self { state, reloader }
    }
}

/// Runs what takes long off the threads that serve connections.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Status::internal("did not finish"))
}

#[tonic::async_trait]
impl wire::admin_server::Admin for Admin {
    async fn reload(&self, _: Request<wire::ReloadRequest>) -> Result<Response<wire::ReloadResponse>, Status> {
        let Some(reloader) = self.reloader.clone() else {
            return Err(Status::failed_precondition("everything in use comes from inside the program"));
        };
        let revision = blocking(move || reloader.reload("admin")).await?.map_err(Status::failed_precondition)?;
        Ok(Response::new(wire::ReloadResponse { revision: Some(convert::revision(revision)) }))
    }

    async fn set_profile(
        &self,
        request: Request<wire::SetProfileRequest>,
    ) -> Result<Response<wire::SetProfileResponse>, Status> {
        let name = request.into_inner().profile;
        let before = profile(&*self.state.snapshot()?).to_owned();
        let live = self.state.live().ok_or_else(|| Status::unavailable("still loading"))?;
        live.set_profile(&name).map_err(|error| Status::not_found(format!("profile: {error}")))?;
        tracing::info!(before, now = name, "profile set");
        Ok(Response::new(wire::SetProfileResponse { before }))
    }

    async fn get_policy(
        &self,
        _: Request<wire::GetPolicyRequest>,
    ) -> Result<Response<wire::GetPolicyResponse>, Status> {
        let snapshot = self.state.snapshot()?;
        let revision = convert::revision(snapshot.engine.revision().clone());
        let toml = snapshot.engine.policy_toml().to_owned();
        Ok(Response::new(wire::GetPolicyResponse { toml, revision: Some(revision) }))
    }

    async fn validate_policy(
        &self,
        request: Request<wire::ValidatePolicyRequest>,
    ) -> Result<Response<wire::ValidatePolicyResponse>, Status> {
        let snapshot = self.state.snapshot()?;
        let toml = request.into_inner().toml;
        let response = blocking(move || validate(&toml, snapshot.engine.taxonomy())).await?;
        Ok(Response::new(response))
    }

    async fn shadow_report(
        &self,
        _: Request<wire::ShadowReportRequest>,
    ) -> Result<Response<wire::ShadowReportResponse>, Status> {
        let report = self.state.snapshot()?.engine.shadow_report();
        let report = report.ok_or_else(|| {
            Status::failed_precondition("no candidate is in the shadow: the policy in use has no `[shadow]`")
        })?;
        Ok(Response::new(convert::shadow(report)))
    }
}

fn validate(toml: &str, taxonomy: &Taxonomy) -> wire::ValidatePolicyResponse {
    let place = |number: usize| u32::try_from(number).ok().filter(|number| *number > 0);
    match Policy::parse(toml, taxonomy) {
        Err(error) => wire::ValidatePolicyResponse {
            valid: Some(false),
            problems: error
                .problems
                .into_iter()
                .map(|problem| wire::PolicyProblem {
                    message: problem.problem,
                    path: problem.path,
                    line: place(problem.line),
                    column: place(problem.column),
                })
                .collect(),
            findings: Vec::new(),
        },
        Ok(policy) => wire::ValidatePolicyResponse {
            valid: Some(true),
            problems: Vec::new(),
            findings: policy
                .check(taxonomy)
                .into_iter()
                .map(|finding| wire::PolicyFinding {
                    kind: finding.kind.as_str().to_owned(),
                    message: finding.message,
                    profile: finding.profile.to_string(),
                    example: finding.example.map(|example| example.to_string()),
                })
                .collect(),
        },
    }
}
