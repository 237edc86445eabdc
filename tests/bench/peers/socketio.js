// A chat room as socket.io's documentation makes one, with the events and sizes of ours. See socketio.py.
const path = require("node:path");
const { Server } = require(path.join(process.argv[2], "socket.io"));

const http = require("node:http").createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  pingInterval: 2000, // as ours: the heartbeat is in the figures of both
  pingTimeout: 8000,
});
const epoch = Date.now();
let seq = 0;
let members = 0;

io.on("connection", (socket) => {
  const by = ++members;
  socket.on("join", (message, answer) => {
    socket.join(message.room);
    answer({ type: "joined", member_id: by });
  });
  socket.on("post_chat", (message, answer) => {
    seq += 1;
    const fact = { type: "chat_posted", line: { id: seq, by, text: message.text } };
    const commit = { seq, at_ms: Date.now(), by, n: message.n, fact };
    io.to("talk").emit("commits", { type: "commits", epoch, commits: [commit] });
    answer({ type: "accepted", seq });
  });
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
