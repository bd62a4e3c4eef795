// What an application does with node-redis 4: client_node_redis.js PORT. Prints ok or not ok for each.
const { createClient, WatchError } = require("redis");
const port = Number(process.argv[2]);

function ok(name, actual, expected = true) {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  console.log(left === right ? `ok ${name}` : `not ok ${name}: expected ${right}, got ${left}`);
}

async function main() {
  const client = createClient({ url: `redis://127.0.0.1:${port}/2` });
  client.on("error", (problem) => console.log(`not ok connection: ${problem}`));
  await client.connect();
  ok("ping", await client.ping(), "PONG");
  ok("set", await client.set("a", "1", { EX: 10, NX: true }), "OK");
  ok("get", await client.get("a"), "1");
  ok("incr", await client.incr("n"), 1);
  ok("hSet", await client.hSet("h", { a: "1", b: "2" }), 2);
  ok("hGetAll", await client.hGetAll("h"), { a: "1", b: "2" });
  ok("rPush", await client.rPush("l", ["a", "b"]), 2);
  ok("lRange", await client.lRange("l", 0, -1), ["a", "b"]);
  ok("sAdd", await client.sAdd("s", ["a", "b"]), 2);
  ok("sMembers", (await client.sMembers("s")).sort(), ["a", "b"]);
  ok("zAdd", await client.zAdd("z", [{ score: 1, value: "a" }, { score: 2, value: "b" }]), 2);
  ok("zRangeWithScores", await client.zRangeWithScores("z", 0, -1), [{ value: "a", score: 1 }, { value: "b", score: 2 }]);
  ok("multi", await client.multi().set("m", "1").incr("m").exec(), ["OK", 2]);
  ok("mGet", await client.mGet(["a", "nothing"]), ["1", null]);
  ok("expire ttl", [await client.expire("a", 100), await client.ttl("a")], [true, 100]);
  await Promise.all(Array.from({ length: 500 }, (_, n) => client.set(`scan:${n}`, `${n}`)));
  const seen = new Set();
  for await (const key of client.scanIterator({ MATCH: "scan:*", COUNT: 100 })) seen.add(key);
  ok("scanIterator", seen.size, 500);
  try {
    await client.incr("h");
    console.log("not ok error: none");
  } catch (problem) {
    ok("error", problem.message.startsWith("WRONGTYPE"));
  }
  try {
    await client.executeIsolated(async (isolated) => {
      await isolated.watch("w");
      await client.set("w", "1");
      return isolated.multi().set("w", "2").exec();
    });
    console.log("not ok watch: no error");
  } catch (problem) {
    ok("watch", problem instanceof WatchError);
  }
  const listener = client.duplicate();
  await listener.connect();
  const heard = new Promise((resolve) => listener.subscribe("news", resolve));
  const matched = new Promise((resolve) => listener.pSubscribe("n*", (message, channel) => resolve(`${channel} ${message}`)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  ok("publish", await client.publish("news", "hello"), 2);
  ok("subscribe", await heard, "hello");
  ok("pSubscribe", await matched, "news hello");
  await listener.unsubscribe();
  await listener.pUnsubscribe();
  await listener.quit();
  await client.quit();
  ok("quit", client.isOpen, false);
  console.log("done");
}

main().catch((problem) => {
  console.log(`not ok main: ${problem}`);
  process.exit(1);
});
