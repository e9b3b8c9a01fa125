%% The protocol of assay, its clock, discovery, and a source of keys. To test
%% your own verifier, keep this file and replace jose_adapter.erl.
-module(protocol).
-export([serve/2, refuse/2, attempt/2, instant/0, algorithms/1, leeway/1, key/2]).

-record(held, {keys, fetched, renewed = 0}).

%% Refuses a token or a configuration for a reason of assay.
refuse(Reason, Message) -> throw({refused, Reason, Message}).

%% Returns what Function returns, and refuses for Reason if it raises
%% anything but a refusal.
attempt(Reason, Function) ->
    try
        Function()
    catch
        throw:{refused, _, _} = Refusal -> throw(Refusal);
        _:What -> refuse(Reason, io_lib:format("~0tP", [What, 20]))
    end.

%% Returns the time of the session that this process serves, in seconds since
%% 1970. Once set, it does not advance by itself.
instant() ->
    case get(now) of
        undefined -> erlang:system_time(millisecond) / 1000;
        Now -> Now
    end.

%% Returns the allow-list for alg.
algorithms(#{<<"algorithms">> := List}) -> List;
algorithms(#{<<"policy">> := <<"strict">>}) -> [<<"RS256">>];
algorithms(_) -> [<<"RS256">>, <<"RS384">>, <<"RS512">>, <<"ES256">>, <<"ES384">>, <<"ES512">>].

%% Returns the clock skew to allow, in seconds.
leeway(#{<<"leeway_seconds">> := Seconds}) -> Seconds;
leeway(#{<<"policy">> := <<"strict">>}) -> 0;
leeway(_) -> 60.

%% Returns the first JWK with the kid. A token without kid, which is undefined,
%% gets the only key of the set. OIDC Core 10.1.
key(Source, Kid) ->
    case find(keys(Source, Kid), Kid) of
        undefined -> refuse('KEY_NOT_FOUND', "no key has the kid");
        Key -> Key
    end.

find([Key], undefined) -> Key;
find(_, undefined) -> undefined;
find([#{<<"kid">> := Kid} = Key | _], Kid) -> Key;
find([_ | Keys], Kid) -> find(Keys, Kid);
find([], _) -> undefined.

%% A source is the list of the keys in the setup, or the process that fetches
%% them: when a token needs them, after ten minutes, and at most every fifteen
%% seconds for a kid that they lack. They are in the table held, where a token
%% with a known kid finds them during a fetch.
source(#{<<"jwk_set">> := Text}) -> keys_of(object(Text, 'JWKS_INVALID'));
source(Setup) -> spawn_link(fun() -> fetching(Setup) end).

keys(Keys, _) when is_list(Keys) -> Keys;
keys(Source, Kid) ->
    case look_up(Source, Kid) of
        {fresh, Keys} ->
            Keys;
        {stale, _} ->
            Source ! {self(), Kid, get(now)},
            receive
                {Source, {keys, Keys}} -> Keys;
                {Source, Refusal} -> throw(Refusal)
            end
    end.

look_up(Source, Kid) ->
    case ets:lookup(held, Source) of
        [] ->
            {stale, none};
        [{_, #held{keys = Keys, fetched = Fetched, renewed = Renewed} = Held}] ->
            Unknown = Kid =/= undefined andalso find(Keys, Kid) =:= undefined,
            case instant() - Fetched > 600 orelse Unknown andalso instant() - Renewed > 15 of
                true -> {stale, Held};
                false -> {fresh, Keys}
            end
    end.

fetching(Setup) ->
    receive
        {From, Kid, Now} ->
            put(now, Now),
            From ! {self(), renewed(Setup, look_up(self(), Kid))},
            fetching(Setup)
    end.

renewed(_, {fresh, Keys}) -> {keys, Keys}; % fetched for another token meanwhile
renewed(Setup, {stale, Old}) ->
    try download(Setup) of
        Keys -> hold(#held{keys = Keys, fetched = instant()}, Old)
    catch
        throw:Refusal ->
            %% Keys of the last hour serve until a fetch succeeds.
            case Old =/= none andalso instant() - Old#held.fetched < 3600 of
                true -> hold(Old, Old);
                false -> Refusal
            end
    end.

hold(#held{keys = Keys} = Held, none) ->
    ets:insert(held, {self(), Held}),
    {keys, Keys};
hold(Held, _) ->
    hold(Held#held{renewed = instant()}, none).

download(Setup) ->
    get(uri) =:= undefined andalso put(uri, discover(Setup)),
    keys_of(fetch(Setup, get(uri), 'JWKS_FETCH_FAILED', 'JWKS_INVALID')).

keys_of(#{<<"keys">> := Keys}) when is_list(Keys) -> Keys;
keys_of(_) -> refuse('JWKS_INVALID', "keys is not an array").

%% Returns the jwks_uri of the issuer. OpenID Connect Discovery 1.0, 4.
discover(#{<<"issuer">> := Issuer} = Setup) ->
    Url = [re:replace(Issuer, "/\\z", ""), "/.well-known/openid-configuration"],
    case fetch(Setup, Url, 'DISCOVERY_FAILED', 'DISCOVERY_INVALID') of
        #{<<"issuer">> := Issuer, <<"jwks_uri">> := Uri} when is_binary(Uri) ->
            Loopback = maps:get(<<"allow_loopback_http">>, Setup, false) andalso
                matches(Uri, "^http://(127\\.0\\.0\\.1|localhost|\\[::1\\])([:/?]|\\z)"),
            matches(Uri, "^https://") orelse Loopback orelse refuse('DISCOVERY_INVALID', "jwks_uri is not an https URL"),
            Uri;
        _ ->
            refuse('DISCOVERY_INVALID', "the metadata are those of another issuer or lack jwks_uri")
    end.

matches(Text, Pattern) -> re:run(Text, Pattern, [{capture, none}]) =:= match.

%% Returns the JSON object at Url. It follows no redirects, and reuses no
%% connection, so that no fetch waits for another one.
fetch(Setup, Url, Failed, Invalid) ->
    Timeout = round(1000 * maps:get(<<"fetch_timeout_seconds">>, Setup, 5)),
    Options = [{timeout, Timeout}, {autoredirect, false}, {ssl, httpc:ssl_verify_host_options(true)}],
    Request = {unicode:characters_to_list(Url), [{"connection", "close"}]},
    {ok, Id} = attempt(Failed, fun() -> httpc:request(get, Request, Options, [{body_format, binary}, {sync, false}]) end),
    case answer(Id, Timeout) of
        {{_, 200, _}, _, Body} -> object(Body, Invalid);
        {{_, Status, _}, _, _} -> refuse(Failed, io_lib:format("~ts: status ~b", [Url, Status]));
        {error, Why} -> refuse(Failed, io_lib:format("~ts: ~0tp", [Url, Why]))
    end.

%% answer waits for the answer to a request. httpc repeats a request by itself
%% after Retry-After, which no timeout of its own bounds.
answer(Id, Timeout) ->
    receive
        {http, {Id, Answer}} -> Answer
    after Timeout ->
        httpc:cancel_request(Id),
        {error, timeout}
    end.

object(Text, Invalid) ->
    case attempt(Invalid, fun() -> jiffy:decode(Text, [return_maps]) end) of
        #{} = Object -> Object;
        _ -> refuse(Invalid, "not a JSON object")
    end.

%% Answers the requests on standard input until it ends. Verify takes the setup, a
%% source for key/2 and a token, and returns the claims.
serve(Description, Verify) ->
    %% The default handler writes to standard output, where only answers may be.
    ok = logger:remove_handler(default),
    {ok, _} = application:ensure_all_started(inets),
    {ok, _} = application:ensure_all_started(ssl),
    ets:new(held, [named_table, public, {read_concurrency, true}]),
    Port = open_port({fd, 0, 1}, [binary, eof, {line, 65536}]),
    serve(Port, #{description => Description, verify => Verify}, #{}).

serve(Port, Service, Sessions) ->
    case line(Port, []) of
        eof ->
            halt(0);
        Line ->
            Request = jiffy:decode(Line, [return_maps]),
            Name = maps:get(<<"session">>, Request, none),
            Session = maps:get(Name, Sessions, #{now => undefined}),
            case perform(Request, Service, Session, fun(Answer) -> reply(Port, Request, Answer) end) of
                closed -> serve(Port, Service, maps:remove(Name, Sessions));
                Changed -> serve(Port, Service, Sessions#{Name => Changed})
            end
    end.

line(Port, Parts) ->
    receive
        {Port, {data, {noeol, Part}}} -> line(Port, [Parts, Part]);
        {Port, {data, {eol, Part}}} -> iolist_to_binary([Parts, Part]);
        {Port, eof} -> eof
    end.

%% Answers a request, and returns what its session is then.
perform(#{<<"op">> := <<"hello">>}, #{description := Description}, _, Reply) ->
    Reply(#{description => Description}),
    closed;
perform(#{<<"op">> := <<"clock">>, <<"now">> := Now}, _, Session, Reply) ->
    Reply(#{}),
    Session#{now := Now};
perform(#{<<"op">> := <<"open">>, <<"setup">> := Setup}, _, Session, Reply) ->
    try source(Setup) of
        Source ->
            Reply(#{verdict => accept}),
            Session#{setup => Setup, source => Source}
    catch
        throw:Refusal ->
            Reply(refused(refuse, Refusal)),
            Session
    end;
perform(#{<<"op">> := <<"verify">>, <<"input">> := Input}, #{verify := Verify}, Session, Reply) ->
    #{now := Now, setup := Setup, source := Source} = Session,
    spawn_link(fun() -> % requests may overlap
        put(now, Now),
        Reply(try #{verdict => accept, claims => Verify(Setup, Source, token(Input))}
              catch throw:Refusal -> refused(reject, Refusal)
              end)
    end),
    Session;
perform(#{<<"op">> := <<"close">>}, _, Session, Reply) ->
    forget(maps:get(source, Session, [])),
    Reply(#{}),
    closed;
perform(#{<<"op">> := Op}, _, Session, Reply) ->
    Reply(#{error => <<"the operation ", Op/binary, " is unknown">>}),
    Session.

forget(Keys) when is_list(Keys) -> ok;
forget(Source) ->
    unlink(Source),
    exit(Source, kill),
    ets:delete(held, Source).

token(#{<<"token">> := Token}) -> Token;
token(#{<<"token_base64">> := Text}) -> base64:decode(Text). % if it is not UTF-8

refused(Verdict, {refused, Reason, Message}) ->
    #{verdict => Verdict, reason => Reason, message => unicode:characters_to_binary(Message)}.

reply(Port, #{<<"id">> := Id}, Answer) ->
    port_command(Port, [jiffy:encode(Answer#{id => Id}, [use_nil, force_utf8]), $\n]).
