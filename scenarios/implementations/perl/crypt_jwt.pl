#!/usr/bin/perl

# An adapter for Crypt::JWT, set up as its documentation advises: decode_jwt gets
# the JWK Set as kid_keys, the accepted algorithms, and what each claim must be.
# It fetches nothing, so Protocol.pm does, and its errors differ only in their
# texts.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Protocol qw(algorithms leeway serve);    # before the library, whose clock it sets
use Crypt::JWT 'decode_jwt';

sub make_verifier {
    my ($setup) = @_;
    my $keys    = Protocol->new_source($setup);
    my %own     = map { $_ => 1 } @{ $setup->{audience} };
    my $strict  = $setup->{policy} eq 'strict';
    my %options = (
        accepted_alg => algorithms($setup), leeway => leeway($setup), decode_payload => 1,
        verify_exp => 1, $strict ? (verify_iat => 1) : (),
        verify_iss => $setup->{issuer}, verify_sub => qr/\S/,
        # The documented way for a claim that may be an array.
        verify_aud => sub { grep { defined && $own{$_} } ref $_[0] eq 'ARRAY' ? @{ $_[0] } : $_[0] },
    );
    return sub {
        my ($token) = @_;
        my ($header) = decode_jwt(token => $token, ignore_signature => 1, ignore_claims => 1, decode_header => 1);
        return decode_jwt(token => $token, kid_keys => $keys->jwk_set($header->{kid}), %options);
    };
}

my $description = {
    name         => 'Crypt::JWT',
    version      => $Crypt::JWT::VERSION,
    setup        => 'decode_jwt with kid_keys, accepted_alg, leeway, verify_exp, verify_iat, verify_iss, verify_sub and verify_aud',
    capabilities => [
        qw(static shared idp clock state load seed trap),
        qw(rs384 rs512 ps256 ps384 ps512 es256 es384 es512 eddsa)
    ],
};
serve($description, \&make_verifier);
