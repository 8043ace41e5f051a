# The shop's own systems hear of what it asked for, signed.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
my $secret = 'a secret of the shop';

$t->start_upstream(sub {
    return "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n"
         . "Connection: close\r\n\r\n";
});
$t->{overrides}{webhooks} = [{
    url => "http://127.0.0.1:$t->{upstream_port}/hook",
    secret_file => $t->write('hook', "$secret\n"),
    events => ['accepted', 'scored']}];
$t->start;

my $o = $t->buy(customer => 'ada');
$t->accept($o);
$t->tell($o, kind => 'asked');
$t->tell($o, kind => 'scored', score => 5);
$t->wait_for('two calls', sub { $t->upstream_requests == 2 });
my @calls = $t->upstream_requests;
my %body = map { my $b = decode_json($_->{body}); ($b->{event} => $b) } @calls;

is join(' ', sort keys %body), 'accepted scored', 'the events it asked for';
is $body{accepted}{order}, $t->id($o), 'name the order';
is $body{scored}{score}{value}, 5, 'and what happened';
unlike $calls[0]{body}, qr/\@/, 'no address goes out';
like $calls[0]{head}, qr/^X-Ordersave-Signature: sha256=\Q@{[
    hmac_sha256_hex($calls[0]{body}, $secret)]}\E\r$/m, 'signed';

$t->stop;
done_testing;
