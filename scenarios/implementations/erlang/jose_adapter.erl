%% An adapter for erlang-jose, set up as its documentation advises: the kid comes
%% from peek_protected, and verify_strict gets the list of the algorithms that are
%% allowed. It leaves the claims to the application, which compares iss, aud, sub,
%% exp, nbf and iat here, and fetches nothing, so protocol.erl does.
-module(jose_adapter).
-export([start/0]).

start() ->
    {ok, _} = application:ensure_all_started(jose),
    {ok, Version} = application:get_key(jose, vsn),
    Capabilities = [
        static, shared, idp, clock, state, load, seed, trap,
        rs384, rs512, ps256, ps384, ps512, es256, es384, es512, eddsa, ed25519
    ],
    protocol:serve(#{
        protocol => 2, name => <<"erlang-jose">>, version => list_to_binary(Version), language => <<"Erlang">>,
        setup => <<"jose_jwt:verify_strict with the allow-list; the adapter compares the claims">>,
        reasons => reasons, capabilities => Capabilities
    }, fun verify/3).

verify(Setup, Source, Token) ->
    Header = protocol:attempt('MALFORMED_TOKEN', fun() -> #{} = jose:decode(jose_jws:peek_protected(Token)) end),
    Key = protocol:key(Source, maps:get(<<"kid">>, Header, undefined)),
    JWK = protocol:attempt('KEY_UNUSABLE', fun() -> jose_jwk:from_map(Key) end),
    Allowed = protocol:algorithms(Setup),
    case protocol:attempt('MALFORMED_TOKEN', fun() -> jose_jwt:verify_strict(JWK, Allowed, Token) end) of
        {true, JWT, _} ->
            {_, Claims} = jose_jwt:to_map(JWT),
            check(Setup, Claims);
        {false, _, #{}} -> % the header as it is, because it has not been used
            protocol:refuse('ALG_NOT_ALLOWED', "alg is not allowed");
        {false, _, _} ->
            protocol:refuse('INVALID_SIGNATURE', "the signature is wrong")
    end.

check(#{<<"issuer">> := Issuer, <<"audience">> := Own} = Setup, Claims) ->
    [Iss, Aud, Sub, Exp, Nbf, Iat] =
        [maps:get(Name, Claims, undefined) || Name <- [<<"iss">>, <<"aud">>, <<"sub">>, <<"exp">>, <<"nbf">>, <<"iat">>]],
    Ours = [Name || Name <- if is_list(Aud) -> Aud; true -> [Aud] end, lists:member(Name, Own)],
    Odd = [Time || Time <- [Exp, Nbf, Iat], Time =/= undefined, not is_number(Time)],
    Strict = maps:get(<<"policy">>, Setup) =:= <<"strict">>,
    {Now, Leeway} = {protocol:instant(), protocol:leeway(Setup)},
    if
        Iss =/= Issuer -> protocol:refuse('INVALID_ISSUER', "iss is not the issuer");
        Ours =:= [] -> protocol:refuse('INVALID_AUDIENCE', "aud is not for this client");
        not is_binary(Sub) -> protocol:refuse('MISSING_CLAIM', "sub is not a string");
        Exp =:= undefined; Iat =:= undefined, Strict -> protocol:refuse('MISSING_CLAIM', "exp or iat is missing");
        Odd =/= [] -> protocol:refuse('MALFORMED_CLAIM', "exp, nbf or iat is not a number");
        Now >= Exp + Leeway -> protocol:refuse('TOKEN_EXPIRED', "the token has expired");
        is_number(Nbf), Now + Leeway < Nbf -> protocol:refuse('TOKEN_NOT_YET_VALID', "the token is not valid yet");
        true -> Claims
    end.
