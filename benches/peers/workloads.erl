#!/usr/bin/env escript
%%! +S 2:2 +P 4000000
%% The workloads of wippy-bench as Erlang processes.
%%   escript workloads.erl WORKLOAD COUNT full|quick
%% prints a line for each figure: value, unit, what it is.
-mode(compile).

main(["version"]) ->
    io:format("Erlang/OTP ~s~n", [erlang:system_info(otp_release)]);
main([Workload, Count, Size]) ->
    N = list_to_integer(Count),
    Quick = Size =:= "quick",
    %% Not in the process of the script, which escript has given a small life of its own.
    {_, Ref} = spawn_monitor(fun() -> exit({figures, run(Workload, N, Quick)}) end),
    receive
        {'DOWN', Ref, process, _, {figures, Figures}} ->
            [io:format("~w ~s ~s~n", [float(Value), Unit, What]) || {Value, Unit, What} <- Figures],
            halt(0, [{flush, true}]);
        {'DOWN', Ref, process, _, Why} ->
            io:format(standard_error, "~p~n", [Why]),
            halt(1)
    end.

run("spawn", N, _) -> each("from spawn to exit seen", N, timed(fun() -> spawns(N) end));
run("memory", N, _) -> [{memory(N) / N, "bytes", "a process"}];
run("ping-pong", N, _) -> each("a round trip", N, ping_pong(N, fun serve/2));
run("ping-pong-table", N, _) -> each("a round trip with a small table", N, ping_pong(N, fun serve_maps/2));
run("ring", N, _) -> each("a hop", N, ring(N, 503));
run("fan-in", N, _) -> each("a message", N, timed(fun() -> fan_in(N, 10) end));
run("fan-out", N, _) ->
    Receivers = min(10000, N),
    each("a message", N, fan_out(N div Receivers, Receivers));
run("skynet", N, _) ->
    Took = timed(fun() -> skynet(N) end),
    each("in all", 1, Took) ++ each("a process", (N * 10 - 1) div 9, Took);
run("timers", N, Quick) -> timers(N, if Quick -> 20; true -> 1000 end);
run("tickers", N, Quick) -> tickers(N, if Quick -> 50; true -> 1000 end);
run("latency", N, _) -> latency(N);
run("workers", N, _) -> workers(N).

each(What, N, Took) -> [{Took / N, "ns", What}].

timed(Work) ->
    Began = erlang:monotonic_time(nanosecond),
    Work(),
    erlang:monotonic_time(nanosecond) - Began.

spawns(0) -> ok;
spawns(N) ->
    {_, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, process, _, _} -> spawns(N - 1) end.

memory(N) ->
    Warm = crowd(100),
    Before = resident(),
    Pids = crowd(N),
    Grown = resident() - Before,
    _ = {length(Warm), length(Pids)},
    Grown.

crowd(N) ->
    Root = self(),
    Pids = [spawn(fun() -> Root ! waiting, idle() end) || _ <- lists:seq(1, N)],
    [receive waiting -> ok end || _ <- Pids],
    %% What the root's own heap has grown by is not a process's.
    erlang:garbage_collect(),
    Pids.

idle() -> receive _ -> idle() end.

resident() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kilobytes]} = re:run(Status, "VmRSS:\\s*([0-9]+)", [{capture, all_but_first, list}]),
    list_to_integer(Kilobytes) * 1024.

ping_pong(N, Serve) ->
    Root = self(),
    Pid = spawn(fun() -> answer(Root) end),
    timed(fun() -> Serve(Pid, N) end).

answer(Root) -> receive Ball -> Root ! Ball, answer(Root) end.

serve(_, 0) -> ok;
serve(Pid, N) -> Pid ! N, receive _ -> serve(Pid, N - 1) end.

serve_maps(_, 0) -> ok;
serve_maps(Pid, N) -> Pid ! #{n => N, text => <<"ball">>}, receive _ -> serve_maps(Pid, N - 1) end.

ring(N, Members) ->
    Next = lists:foldl(fun(_, To) -> spawn(fun() -> member(To) end) end, self(), lists:seq(2, Members)),
    timed(fun() -> Next ! N - 1, round_the_ring(Next) end).

member(Next) -> receive Left -> Next ! Left - 1, member(Next) end.

round_the_ring(Next) ->
    receive
        Left when Left =< 0 -> ok;
        Left -> Next ! Left - 1, round_the_ring(Next)
    end.

fan_in(N, Senders) ->
    Root = self(),
    [spawn(fun() -> send(Root, N div Senders) end) || _ <- lists:seq(1, Senders)],
    take(N).

send(_, 0) -> ok;
send(Root, N) -> Root ! N, send(Root, N - 1).

take(0) -> ok;
take(N) -> receive _ -> take(N - 1) end.

fan_out(Rounds, Receivers) ->
    Missing = atomics:new(1, []),
    Root = self(),
    Pids = [spawn(fun() -> receiver(Root, Missing) end) || _ <- lists:seq(1, Receivers)],
    timed(fun() -> rounds(Rounds, Receivers, Pids, Missing) end).

rounds(0, _, _, _) -> ok;
rounds(N, Receivers, Pids, Missing) ->
    atomics:put(Missing, 1, Receivers),
    [Pid ! ball || Pid <- Pids],
    receive done -> rounds(N - 1, Receivers, Pids, Missing) end.

receiver(Root, Missing) ->
    receive
        ball ->
            case atomics:sub_get(Missing, 1, 1) of
                0 -> Root ! done;
                _ -> ok
            end,
            receiver(Root, Missing)
    end.

skynet(Leaves) ->
    node_of(self(), 0, Leaves),
    Right = Leaves * (Leaves - 1) div 2,
    receive Sum -> Sum = Right end.

node_of(Parent, First, 1) -> spawn(fun() -> Parent ! First end);
node_of(Parent, First, Leaves) ->
    spawn(fun() ->
        Me = self(),
        Part = Leaves div 10,
        [node_of(Me, First + I * Part, Part) || I <- lists:seq(0, 9)],
        Parent ! sum(10, 0)
    end).

sum(0, Sum) -> Sum;
sum(N, Sum) -> receive Part -> sum(N - 1, Sum + Part) end.

timers(N, Longest) ->
    Root = self(),
    {Before, _} = erlang:statistics(runtime),
    [spawn(fun() -> sleeper(Root, 1 + I * 7919 rem Longest) end) || I <- lists:seq(0, N - 1)],
    Late = lists:sort([receive {late, L} -> L end || _ <- lists:seq(1, N)]),
    {After, _} = erlang:statistics(runtime),
    [{(After - Before) * 1.0e6 / N, "ns", "of processor a timer"},
     {share(Late, 0.5), "ns", "late, p50"},
     {share(Late, 0.99), "ns", "late, p99"}].

sleeper(Root, Ms) ->
    Began = erlang:monotonic_time(nanosecond),
    receive after Ms -> ok end,
    Root ! {late, max(0, erlang:monotonic_time(nanosecond) - Began - Ms * 1000000)}.

tickers(N, Period) ->
    Root = self(),
    [spawn(fun() -> receive after I * 7919 rem Period -> tick(Root, Period, 7) end end) || I <- lists:seq(0, N - 1)],
    receive after Period -> ok end,
    {Before, Began} = {processor_time(), erlang:monotonic_time(nanosecond)},
    receive after 5 * Period -> ok end,
    {Used, Passed} = {processor_time() - Before, erlang:monotonic_time(nanosecond) - Began},
    [receive ticked -> ok end || _ <- lists:seq(1, N)],
    [{Used / Passed * 100, "percent", "of one processor"},
     {Used / (N * Passed / (Period * 1.0e6)), "ns", "of processor a tick"}].

tick(Root, _, 0) -> Root ! ticked;
tick(Root, Period, N) -> receive after Period -> tick(Root, Period, N - 1) end.

%% What all threads of this program have used, in nanoseconds, as the system counts it: the time that schedulers spend
%% looking for work is part of it.
processor_time() ->
    {ok, Threads} = file:list_dir("/proc/self/task"),
    lists:sum([processor_time_of(Thread) || Thread <- Threads]).

processor_time_of(Thread) ->
    {ok, Text} = file:read_file("/proc/self/task/" ++ Thread ++ "/schedstat"),
    [Used | _] = string:lexemes(Text, " "),
    binary_to_integer(Used).

share(Sorted, Share) -> lists:nth(max(1, ceil(length(Sorted) * Share)), Sorted).

%% There is no thread outside to send from: a process with high priority stands in for it.
latency(N) ->
    Root = self(),
    [spawn(fun burn/0) || _ <- lists:seq(1, erlang:system_info(schedulers_online))],
    Receiver = spawn(fun() -> Root ! {took, probed(N)} end),
    spawn_opt(fun() -> probe(Receiver, N) end, [{priority, max}]),
    Took = receive {took, List} -> lists:sort(List) end,
    [{share(Took, Share), "ns", What}
     || {What, Share} <- [{"p99", 0.99}, {"p50", 0.5}, {"p99.9", 0.999}, {"at most", 1.0}]].

burn() -> burn(1).
burn(X) -> burn((X * 31 + 7) rem 1000003).

probe(_, 0) -> ok;
probe(To, N) ->
    receive after 1 + N rem 2 -> ok end,
    To ! erlang:monotonic_time(nanosecond),
    probe(To, N - 1).

probed(0) -> [];
probed(N) ->
    receive Sent ->
        Took = erlang:monotonic_time(nanosecond) - Sent,
        [Took | probed(N - 1)]
    end.

workers(N) ->
    All = erlang:system_info(schedulers),
    Turns = [{crew_on(1, N), crew_on(All, N)} || _ <- lists:seq(1, 3)],
    Alone = lists:min([A || {A, _} <- Turns]),
    Together = lists:min([T || {_, T} <- Turns]),
    [{Alone / Together, "times", io_lib:format("as fast on ~w as on 1", [All])},
     {Alone / N, "ns", "a unit of work on 1 worker"},
     {Together / N, "ns", io_lib:format("a unit of work on ~w", [All])}].

crew_on(Schedulers, N) ->
    erlang:system_flag(schedulers_online, Schedulers),
    timed(fun() ->
        [spawn_monitor(fun() -> work(100000, 1) end) || _ <- lists:seq(1, N)],
        [receive {'DOWN', _, process, _, _} -> ok end || _ <- lists:seq(1, N)]
    end).

work(0, X) -> X;
work(I, X) -> work(I - 1, (X * 31 + I) rem 1000003).
