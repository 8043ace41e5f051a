# What was spooled under another number of shards goes where it belongs now:
# events, webhooks, and what somebody said of mails.

use strict;
use warnings;
use Test::More;
use Compress::Zlib qw(crc32);
use JSON::PP;
use OrderSave::Nginx;

for my $number (3, 40) {
    my $t = OrderSave::Nginx->new->start_redis
        ->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
    my $resp = sub { return '*' . @_ . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @_ };
    mkdir $t->path('spool');
    my @names = map { "shop/$_" } 1 .. 60;
    my %file;

    # by 16
    for my $name (@names) {
        my ($id) = $name =~ /(\d+)/;
        $file{$t->shard($name)} .= sprintf("S %d %d %08x\n", $t->shard($name), length, crc32($_)) . $_
            for $resp->('XADD', $t->key('ev', $name), '*', 'e', encode_json({id => "e$id", kind => 'asked', order => $name})),
            $resp->('EVAL', "return redis.call('SET', KEYS[1], ARGV[1]) and redis.call('SET', KEYS[2], 1)", 2,
                $t->key("suppress:$name", $name), $t->key("said:$name", $name), 'marketing');
        my $hook = "dhl/h$id";
        my $raw = $resp->('XADD', $t->key('in', $hook), '*', store => 'shop', source => 'dhl', id => "h$id", topic => '', at_ms => 1, body => '{}');
        $file{$t->shard($hook)} .= sprintf("S %d %d %08x\n", $t->shard($hook), length $raw, crc32($raw)) . $raw;
    }
    $t->write("spool/1-1-$_.spool", $file{$_}) for keys %file;

    # by another
    $t->{shards} = $number;
    $t->start_nginx(server => $t->woo, redis_options => "shards=$number");
    ok $t->wait_for('the spool', sub { !(() = glob $t->path("spool/*.spool")) }), "$number shards: the spool of 16 is drained";
    is_deeply [glob $t->path('spool/*')], [], '  nothing is set aside or taken for broken';
    my @there = map { my $shard = $_; map { [$shard, $_->[1]] } @{$t->redis('XRANGE', $t->shard_key($shard, 'ev'), '-', '+')} } 0 .. $number - 1;
    is_deeply [sort map { decode_json($_->[1][1])->{id} } @there], [sort map { 'e' . s/\D+//r } @names], '  each event is in a stream, once';
    is_deeply [grep { $t->shard(decode_json($_->[1][1])->{order}) != $_->[0] } @there], [], '  in that of its order';
    is scalar(grep { ($t->redis('GET', $t->key("suppress:$_", $_)) // '') eq 'marketing' && $t->redis('GET', $t->key("said:$_", $_)) } @names), 60,
        '  what somebody said is found';
    my @raw = map { my $shard = $_; map { my %f = @{$_->[1]}; [$shard, \%f] } @{$t->redis('XRANGE', $t->shard_key($shard, 'in'), '-', '+')} } 0 .. $number - 1;
    is scalar(@raw), 60, '  webhooks are there';
    is_deeply [grep { $t->shard("dhl/$_->[1]{id}") != $_->[0] } @raw], [], '  in the shard of their delivery';
    $t->stop;
}

done_testing;
