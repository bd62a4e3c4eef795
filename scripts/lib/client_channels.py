"""Channel layers of Django Channels: client_channels.py PORT [PROTOCOL]. The layer made of lists and scripts, and the one made of PUBLISH."""

import asyncio

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from client_checks import ok, run, url


async def receive(layer, channel, seconds=3):
    try:
        return (await asyncio.wait_for(layer.receive(channel), seconds))["text"]
    except asyncio.TimeoutError:
        return None


async def queues():
    layer = RedisChannelLayer(hosts=[url()], capacity=5)
    await layer.flush()
    await layer.send("worker", {"type": "test", "text": "one"})
    ok("send receive", await receive(layer, "worker"), "one")
    waiting = asyncio.ensure_future(receive(layer, "worker"))
    await asyncio.sleep(0.1)
    await layer.send("worker", {"type": "test", "text": "two"})
    ok("a waiting receiver", await waiting, "two")
    first, second = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("room", first)
    await layer.group_add("room", second)
    await layer.group_send("room", {"type": "test", "text": "to all"})
    ok("group_send", (await receive(layer, first), await receive(layer, second)), ("to all", "to all"))
    await layer.group_discard("room", first)
    await layer.group_send("room", {"type": "test", "text": "to one"})
    ok("group_discard", (await receive(layer, first, 0.3), await receive(layer, second)), (None, "to one"))
    names = [f"channel{number}" for number in range(30)]
    for name in names:
        await layer.group_add("crowd", name)
    await layer.group_send("crowd", {"type": "test", "text": "many"})
    ok("a group of thirty", await asyncio.gather(*(receive(layer, name) for name in names)), ["many"] * 30)
    for number in range(8):
        try:
            await layer.send("full", {"type": "test", "text": str(number)})
        except layer_full():
            ok("a full channel refuses", number, 5)
            break
    else:
        ok("a full channel refuses", False)
    for number in range(8):
        await layer.group_send("crowd", {"type": "test", "text": str(number)})
    ok("a full group keeps the first", await receive(layer, "channel7"), "0")
    await layer.flush()
    ok("flush", await receive(layer, "channel7", 0.3), None)
    await layer.close_pools()


def layer_full():
    from channels.exceptions import ChannelFull

    return ChannelFull


async def published():
    layer = RedisPubSubChannelLayer(hosts=[url()])
    first, second = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("room", first)
    await layer.group_add("room", second)
    await layer.group_send("room", {"type": "test", "text": "hello"})
    ok("published to a group", (await receive(layer, first), await receive(layer, second)), ("hello", "hello"))
    await layer.send(first, {"type": "test", "text": "only you"})
    ok("published to one", await receive(layer, first), "only you")
    await layer.flush()


def in_queues():
    asyncio.run(queues())


def by_publishing():
    asyncio.run(published())


run(in_queues, by_publishing)
