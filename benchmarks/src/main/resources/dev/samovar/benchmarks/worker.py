"""The protocol of Worker.java for sides that are programs of Python: work is an object with run(), result() and close()."""
import os
import sys
import time

WARM_UP = 1e9 * float(os.environ.get("SAMOVAR_WARM_UP", "4"))


def since_start():
    ticks = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def say(*words):
    print("#worker", *words, flush=True)


def serve(work, result):
    """Warms up, writes what was computed to a file, then does what it is told until its input ends."""
    start = time.perf_counter_ns()
    work.run()
    first = since_start()
    work.result().astype("<f4").tofile(result)
    last = 0
    while last == 0 or time.perf_counter_ns() - start < WARM_UP:
        begin = time.perf_counter_ns()
        work.run()
        last = time.perf_counter_ns() - begin
    say("ready", first, last)
    for line in sys.stdin:
        begin, cpu = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(int(line)):
            work.run()
        say("took", time.perf_counter_ns() - begin, time.process_time_ns() - cpu, -1)
    work.close()
    peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    say("peak", peak)
