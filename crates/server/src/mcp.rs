//! Tools for agents, in the Model Context Protocol: over standard input and output, and at `/mcp`.
//!
//! In: calls of tools. Out: structured answers whose schemas are told beforehand. All tools read, but one: a plan is run only
//! where the operator allowed it, by its fingerprint, and after a person's yes to its number of changes.

mod shapes;
mod tools;

use std::sync::Arc;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer, ServiceExt as _};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use crate::configuration::Configuration;
use crate::server::{Error, Server, alone};

/// What is said to an agent before it calls anything.
const INSTRUCTIONS: &str = "samos knows what each cloud operation needs and gives. Find names with `find`, look at one with \
`explain`, ask for safe sequences with `plan`, read a plan with `explain_plan`. Plans are checked independently before they \
are answered. Nothing is changed by any tool but `run_plan`, which exists only where the operator allowed it and needs a \
person's approval.";

/// What is chosen about agents beside the configuration of the server.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgentOptions {
    /// May plans be run after a person's approval?
    pub may_run: bool,
}

/// Speaks with one agent over standard input and output until it closes them.
///
/// # Errors
/// When the world cannot be loaded, or the agent cannot be spoken with.
pub fn speak(mut configuration: Configuration, options: AgentOptions) -> Result<(), Error> {
    let failed = |what: &str, error: String| Error::System {
        what: what.to_owned(),
        source: std::io::Error::other(error),
    };
    configuration.agents_may_run = options.may_run;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| failed("cannot begin", error.to_string()))?;
    let server = alone(configuration)?;
    runtime.block_on(async {
        let agent = Agent { server };
        let running = agent.serve(rmcp::transport::stdio()).await;
        let running =
            running.map_err(|error| failed("speaking with an agent", error.to_string()))?;
        let ended = running.waiting().await;
        ended
            .map(drop)
            .map_err(|error| failed("speaking with an agent", error.to_string()))
    })
}

/// What is mounted at `/mcp`.
pub(crate) fn service(server: &Arc<Server>) -> StreamableHttpService<Agent, LocalSessionManager> {
    let shared = Arc::clone(server);
    // Names and pages are checked before a request comes here.
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts(Vec::<String>::new())
        .with_max_request_body_bytes(server.configuration.max_body);
    StreamableHttpService::new(
        move || {
            Ok(Agent {
                server: Arc::clone(&shared),
            })
        },
        Arc::default(),
        config,
    )
}

/// One conversation with an agent.
#[derive(Clone)]
pub(crate) struct Agent {
    pub(crate) server: Arc<Server>,
}

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        let mut about = ServerConfig::new(capabilities);
        about.server_info = Implementation::new("samos", env!("CARGO_PKG_VERSION"));
        about.instructions = Some(INSTRUCTIONS.to_owned());
        about
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let all = tools::all(self.server.configuration.agents_may_run);
        Ok(ListToolsResult::with_all_items(all))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let all = tools::all(self.server.configuration.agents_may_run);
        all.into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = serde_json::Value::Object(request.arguments.unwrap_or_default());
        let result = tools::call(self, &request.name, arguments, &context).await?;
        Ok(match result {
            Ok(value) => CallToolResult::structured(value),
            Err(problem) => CallToolResult::structured_error(problem.body()),
        }
        .into())
    }
}
