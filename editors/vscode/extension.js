// Starts `germline lsp` and lets the editor talk to it.
const { workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

exports.activate = async function activate() {
  const [command, ...args] = workspace.getConfiguration("germline").get("command");
  client = new LanguageClient(
    "germline",
    "Germline",
    { command, args, transport: TransportKind.stdio },
    { documentSelector: [{ language: "sg" }] },
  );
  await client.start();
};

exports.deactivate = function deactivate() {
  return client?.stop();
};
