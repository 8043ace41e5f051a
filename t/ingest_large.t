# Webhooks of 4 MB: the body is read into the command that goes to Redis, and
# lies nowhere else. The same by threads, a slice a turn, and from nginx' own
# memory; and clients that leave.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256);
use MIME::Base64 qw(encode_base64url);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis;
$t->write('secret', "s3cret of the shop\n");
my $take = "ordersave_ingest generic secret_file=$t->{dir}/secret;";
my %more = (
    # a pool that takes nothing: as in an nginx that has no threads
    slices => 'thread_pool default threads=1 max_queue=0;', threads => '');
my $server = <<EOT;
        client_max_body_size 16m;
        location = /in { $take }
        location = /memory { client_body_buffer_size 8m; $take }
        location = /form { ordersave_ingest twilio secret_file=$t->{dir}/secret; }
EOT

my $head = '{"id":"4711","note":"';
my $most = 4 << 20;
my $whole = $head . 'x' x ($most - length($head) - 2) . '"}';

sub lines {
    my ($body, $secret) = @_;
    return ('X-Ordersave-Topic: order', 'Content-Type: application/json',
        'X-Ordersave-Signature: sha256=' . hmac_sha256_hex($body, $secret // 's3cret of the shop'));
}

sub give {
    my ($path, $body, @o) = @_;
    return $t->http('POST', $path, bare => 1, body => $body, headers => [lines($body, @o)])->{status};
}

sub chunked {
    my ($path, $body) = @_;
    my $text = join '', map { sprintf "%x\r\n%s\r\n", length $_, $_ } unpack '(a100000)*', $body;
    my $answer = $t->raw(join("\r\n", "POST $path HTTP/1.1", 'Host: localhost', 'Connection: close',
        'Transfer-Encoding: chunked', lines($body)) . "\r\n\r\n${text}0\r\n\r\n");
    return $answer =~ m{^HTTP/1.1 (\d+)} ? $1 : 0;
}

# What those who left have sent may come, and when it likes.
sub inbox {
    return grep { $_->{topic} ne 'gone' } map { my $in = $t->redis('XRANGE', $t->shard_key($_, 'in'), '-', '+'); map { {@{$_->[1]}} } @$in } 0 .. 15;
}

sub empty { $t->redis('DEL', $t->shard_key($_, 'in')) for 0 .. 15 }

# A body that says nothing else of itself is known by what it was signed with.
sub id { return substr encode_base64url(sha256("\0" . encode_base64url(sha256(hmac_sha256($_[0], 's3cret of the shop'))) . "\0")), 0, 22 }

sub worker { return (split ' ', `pgrep -P $t->{pids}{nginx}`)[0] }

sub kb { my ($what) = @_; my $pid = worker(); return `cat /proc/$pid/status` =~ /^$what:\s+(\d+)/m ? $1 : die }

for my $how (sort keys %more) {
    $t->start_nginx(main => $more{$how}, server => $server);
    is give('/in', $head . '"}'), 202, "$how: a short one, to begin with";
    empty();

    for my $path ('/in', '/memory') {
        open my $clear, '>', '/proc/' . worker() . '/clear_refs' or die "clear_refs: $!";
        syswrite $clear, "5\n";
        close $clear;
        my ($before, $files) = (kb('VmRSS'), kb('RssFile'));
        is give($path, $whole), 202, "$how, $path: 4 MB are taken";
        my $more = kb('VmHWM') - $before;
        cmp_ok $more, '<=', 5 * 1024, "the process has grown by $more kB for it, " . (kb('RssFile') - $files) . ' of them of files'
            unless $t->{sanitized} // $ENV{ASAN_OPTIONS};
        my ($in, @others) = inbox();
        ok $in && $in->{body} eq $whole, 'whole';
        is "@{[@others]}", '', 'and once';
        is $in->{id}, id($whole), 'with the id of its bytes';
        is $in->{topic}, 'order', 'and its topic';
        empty();
        is chunked($path, $whole), 202, "$how, $path: the same in chunks";
        ok +(inbox())[0]{body} eq $whole, 'whole';
        empty();
        is give($path, $whole, 'wrong'), 401, 'a wrong secret';
        is give($path, $whole . ' '), 413, 'one byte more';
        is chunked($path, $whole . ' '), 413, 'one byte more in chunks';
        is scalar(inbox()), 0, 'are nothing';
    }

    # just behind a slice, and a whole number of them
    for my $size (262144, 262145, 524288, 1000003) {
        my $body = $head . 'y' x ($size - length($head) - 2) . '"}';
        is give('/in', $body), 202, "$how: $size bytes";
        ok +(inbox())[0]{body} eq $body, 'whole';
        is +(inbox())[0]{id}, id($body), 'with its id';
        empty();
    }

    # clients that leave: in the midst of it, and while Redis does not answer
    my @gone = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) } 1 .. 4;
    for my $i (0 .. $#gone) {
        my $text = join("\r\n", 'POST /in HTTP/1.1', 'Host: localhost', 'Content-Length: ' . length $whole,
            map { s/Topic: order/Topic: gone/r } lines($whole)) . "\r\n\r\n" . ($i % 2 ? $whole : substr $whole, 0, 3 << 20);
        $t->silence if $i == 3;
        while (length $text) { my $n = syswrite $gone[$i], $text, 65536; substr $text, 0, $n, '' }
        close $gone[$i];
    }
    $t->let_speak;
    is give('/in', $head . '"}'), 202, "$how: others are taken, whoever left";
    is give('/form', 'a=' . 'b' x 300_000), 413, 'a form is not that long';
    $t->kill_now('nginx', 'QUIT');
    empty();
}

# what nginx lets through unless told otherwise does not cut a webhook short

$t->start_nginx(server => <<EOT);
        location = /in { $take }
        location = /small { client_max_body_size 1000k; $take }
        location = /other { return 204; }
EOT
my $longer = $head . 'z' x 1_500_000 . '"}';
is give('/in', $longer), 202, '1.5 MB, where nobody has said how long a body may be';
is give('/in', $whole . ' '), 413, 'but no more than 4 MB';
is give('/small', $longer), 413, 'where somebody has, that holds';
is give('/other', $longer), 413, 'and nothing else changes';
empty();
$t->kill_now('nginx', 'QUIT');

# by the disk, as any other
$t->start_nginx(server => $server);
$t->stop_redis;
is give('/in', $whole), 202, 'taken without Redis';
$t->start_redis;
ok $t->wait_for('the spooled webhook', sub { grep { $_->{body} eq $whole } eval { inbox() } }), 'and comes when Redis is back';

# a Redis that takes none so long hangs up in the midst of it
$t->redis('CONFIG', 'SET', 'proto-max-bulk-len', '1mb');
empty();
is give('/in', $whole), 202, 'longer than Redis takes: on the disk';
is give('/in', $head . '"}'), 202, 'others go on';
$t->redis('CONFIG', 'SET', 'proto-max-bulk-len', '512mb');
ok $t->wait_for('both', sub { 2 == eval { scalar(() = inbox()) } }), 'both come when it does';

$t->allow(qr/client prematurely closed|thread pool .* queue overflow/);
$t->stop;
done_testing;
