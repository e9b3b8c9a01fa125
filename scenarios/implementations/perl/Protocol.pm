package Protocol;

# What adapters in Perl share: the protocol of assay, its clock, and discovery.
# To test your own verifier, copy this file and the adapter next to it, and
# replace what the adapter gives to serve. Load this file before the library:
# it sets the clock that the library sees.

use strict;
use warnings;

use Exporter 'import';
use HTTP::Tiny;
use JSON ();
use MIME::Base64 'decode_base64';

our @EXPORT_OK = qw(algorithms leeway refuse serve);

my @CHAR_ALGORITHMS = qw(RS256 RS384 RS512 ES256 ES384 ES512);

# The time of the session that is served stands still until it is set.
my $now;

BEGIN {
    no warnings 'once';
    *CORE::GLOBAL::time = sub () { $now // CORE::time() };
}

# Refuses a token or a configuration for a reason of assay.
sub refuse {
    my ($reason, $message) = @_;
    die { reason => $reason, message => $message };
}

# Returns the allow-list for alg.
sub algorithms {
    my ($setup) = @_;
    return $setup->{algorithms} // ($setup->{policy} eq 'strict' ? ['RS256'] : [@CHAR_ALGORITHMS]);
}

# Returns the clock skew to allow, in seconds.
sub leeway {
    my ($setup) = @_;
    return $setup->{leeway_seconds} // ($setup->{policy} eq 'strict' ? 0 : 60);
}

# Returns the JSON object at the URL, or refuses: for the reason $failed if there
# is no answer with status 200 in time, and $invalid if its body is no JSON
# object. It follows no redirects.
sub _fetch {
    my ($url, $setup, $failed, $invalid) = @_;
    my $seconds  = $setup->{fetch_timeout_seconds} // 5;
    my $response = eval {
        local $SIG{ALRM} = sub { die "no answer in $seconds s\n" };
        alarm $seconds;
        my $got = HTTP::Tiny->new(timeout => $seconds, max_redirect => 0)->get($url);
        alarm 0;
        $got;
    };
    refuse($failed, "$url: $@") if !$response;
    refuse($failed, "$url: status $response->{status}") if $response->{status} != 200;
    my $document = eval { JSON->new->utf8->decode($response->{content}) };
    refuse($invalid, "$url: " . ($@ || 'the body is not a JSON object')) if ref $document ne 'HASH';
    return $document;
}

# Returns the jwks_uri of the issuer. OpenID Connect Discovery 1.0, 4.
sub _discover {
    my ($setup) = @_;
    my $url = $setup->{issuer} =~ s{/$}{}r . '/.well-known/openid-configuration';
    my $metadata = _fetch($url, $setup, 'DISCOVERY_FAILED', 'DISCOVERY_INVALID');
    my ($issuer, $uri) = map { $_ // '' } @$metadata{qw(issuer jwks_uri)};
    refuse('DISCOVERY_INVALID', 'the metadata are those of another issuer') if $issuer ne $setup->{issuer};
    my $loopback = $setup->{allow_loopback_http} && $uri =~ m{^http://(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/?]|$)};
    refuse('DISCOVERY_INVALID', 'jwks_uri is not an https URL') if $uri !~ m{^https://} && !$loopback;
    return $uri;
}

# A source holds the JWK Set of the issuer, for libraries that fetch nothing. The
# set is fetched when a token needs it, after ten minutes, and at most every
# fifteen seconds for a kid that it lacks.
sub new_source {
    my ($class, $setup) = @_;
    my $fixed = $setup->{jwk_set} && JSON->new->utf8(0)->decode($setup->{jwk_set});
    return bless { setup => $setup, set => $fixed, fixed => $fixed, fetched => 0, renewed => 0 }, $class;
}

# Returns the set, in which the kid of the token is looked for.
sub jwk_set {
    my ($self, $kid) = @_;
    return $self->{set} if $self->{fixed};
    if (!$self->{set} || time - $self->{fetched} > 600) {
        $self->_renew;
    }
    elsif (defined $kid && !$self->_has($kid) && time - $self->{renewed} > 15) {
        $self->_renew;
        $self->{renewed} = time;
    }
    return $self->{set};
}

sub _has {
    my ($self, $kid) = @_;
    return grep { ref $_ eq 'HASH' && defined $_->{kid} && $_->{kid} eq $kid } @{ $self->{set}{keys} };
}

sub _renew {
    my ($self) = @_;
    eval {
        $self->{uri} //= _discover($self->{setup});
        my $set = _fetch($self->{uri}, $self->{setup}, 'JWKS_FETCH_FAILED', 'JWKS_INVALID');
        refuse('JWKS_INVALID', 'keys is not an array') if ref $set->{keys} ne 'ARRAY';
        @$self{qw(set fetched)} = ($set, time);
    } or do {
        # Keys of the last hour serve until a fetch succeeds.
        die $@ if !$self->{set} || time - $self->{fetched} > 3600;
    };
    return;
}

# Answers the requests on standard input until it ends. $make_verifier takes a
# setup and returns a function from a token and the input to its claims.
sub serve {
    my ($description, $make_verifier) = @_;
    my $json = JSON->new->utf8->canonical->allow_nonref->allow_blessed;
    my (%verifiers, %clocks);
    my %answers = (
        hello => sub { return { description => { protocol => 2, language => 'Perl', reasons => 'reasons', %$description } } },
        clock => sub { $clocks{ $_[0]{session} } = $_[0]{now}; return {} },
        open  => sub {
            $verifiers{ $_[0]{session} } = $make_verifier->($_[0]{setup});
            return { verdict => 'accept' };
        },
        verify => sub {
            my $input = $_[0]{input};
            my $token = $input->{token} // decode_base64($input->{token_base64});    # base64 if it is not UTF-8
            utf8::encode($token) if defined $input->{token};
            return { verdict => 'accept', claims => $verifiers{ $_[0]{session} }->($token, $input) };
        },
        close => sub { delete $verifiers{ $_[0]{session} }; delete $clocks{ $_[0]{session} }; return {} },
    );
    $| = 1;
    while (my $line = <STDIN>) {
        my $request = $json->decode($line);
        $now = defined $request->{session} ? $clocks{ $request->{session} } : undef;
        my $operation = $answers{ $request->{op} } // sub { return { error => "the operation $_[0]{op} is unknown" } };
        my $answer    = eval { $operation->($request) } // _refusal($request, $@);
        my $text      = eval {
            my $encoded = $json->encode({ id => $request->{id}, %$answer });
            $json->decode($encoded);    # fails if a number is infinite
            $encoded;
        };
        # A claim that JSON cannot express is not among the claims to report.
        $text //= $json->encode({ id => $request->{id}, verdict => $answer->{verdict}, message => 'a claim is not JSON' });
        print "$text\n";
    }
    return;
}

sub _refusal {
    my ($request, $error) = @_;
    my $verdict = $request->{op} eq 'open' ? 'refuse' : 'reject';
    return { verdict => $verdict, %$error } if ref $error eq 'HASH';
    return { verdict => $verdict, reason => 'OTHER', message => $error =~ s/ at \S+ line \d+.*//sr };
}

1;
