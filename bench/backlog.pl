#!/usr/bin/env perl

# What waits costs next to nothing: a worker with no job waiting, with ten
# thousand, and with a million, one in ten of them behind a mail server that is
# not there. The others are due tomorrow, four of each order. There is no peer:
# what is measured is printed beside its bound.
#
#   commands_per_s    what the worker asks of Redis while nothing is due, beyond
#                     what it asks with no job waiting; a script is one command
#   on_time_percent   a thousand jobs a second come due for half a minute: how
#                     many of them begin within 50 ms
#   cpu_us_per_job    what each of these costs the worker; the bound is 1.3 times
#                     what it costs with ten thousand
#   order_show_ms     ordersavectl order show of one order, the median of nine
#   memory_mb         the most that the worker ever had

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib", "$FindBin::Bin/../demo/lib";

use Bench;
use IO::Socket::INET;
use JSON::PP;
use Jobs;
use Time::HiRes qw(sleep time);

my $quick = {words('backlog', [])}->{quick};
my $json = JSON::PP->new->canonical;
my $seconds = $quick ? 5 : 30;
my @sizes = (0, 10_000, $quick ? 100_000 : 1_000_000);
my $closed = OrderSave::Nginx::free_port();
my $status = OrderSave::Nginx::free_port();
my ($t, %of);

for my $size (@sizes) {
    $t = Jobs->new(aof => 1);
    $t->start(no_worker => 1);
    $t->configure(status => "127.0.0.1:$status",
        smtp => {host => '127.0.0.1', port => $closed, starttls => 'never', connections => 4, timeout => '5s'});
    wait_in_line($size);
    my $pid = $t->spawn('worker', 'taskset', '-c', 0, $t->{worker}, '-c', $t->path('worker.json'));
    $t->wait_for('the worker', sub { started() > -1 }) or die $t->log;
    $t->wait_for('the breaker', sub { metric("ordersave_worker_provider_open") }) if $size;
    $t->wait_for('the mails to stand aside', sub { sleep 1; overdue() == 0 }, \&overdue) or die "mails are due still\n";
    # until the breaker looks once a minute, and no shard is polled as one that is busy
    sleep($size ? 100 : 35);
    $of{$size} = {commands => commands(10), drained($pid, $seconds), memory => most($pid) / 1024, show => show()};
    printf "%d jobs wait: %.1f commands a second, %.2f %% of %d begin within 50 ms, %.1f us of CPU each, order show %.0f ms, %.0f MB\n",
        $size, @{$of{$size}}{qw(commands on_time jobs cpu show memory)};
    $t->end;
}

my ($none, $few, $many) = map { $of{$_} } @sizes;
my %bounds = (commands_per_s => [$many->{commands} - $none->{commands}, 50], cpu_us_per_job => [$many->{cpu}, 1.3 * $few->{cpu}],
    order_show_ms => [$many->{show}, 50], memory_mb => [$many->{memory}, 32]);
write_results('backlog', 1, (map { {case => 'waiting', peer => 'bound', metric => $_, ours => $bounds{$_}[0], theirs => $bounds{$_}[1]} } sort keys %bounds),
    {case => 'waiting', peer => 'bound', metric => 'on_time_percent', ours => $many->{on_time}, theirs => 99, ratio => $many->{on_time} / 99});

# So many jobs, in all shards alike.
sub wait_in_line {
    my ($size) = @_;
    state $script = <<'LUA';
        for i = 5, #ARGV do
            local part = string.format('%02x', tonumber(string.sub(redis.sha1hex(ARGV[i]), 1, 2), 16) % 64)
            for n = 1, 4 do
                local id = string.format('wait-%011d', ARGV[2] + 4 * i + n)
                local mail = (4 * i + n) % 10 == 0
                redis.call('HSET', KEYS[1] .. ':' .. part, id, (string.gsub((string.gsub(ARGV[mail and 4 or 3], 'ID', id)), 'ORDER', ARGV[i])))
                redis.call('ZADD', KEYS[2], mail and ARGV[1] or ARGV[1] + 86400000 + i, part .. id)
            end
        end
LUA
    my $now = int(time * 1000);
    my ($later, $mail) = map { $json->encode({id => 'ID', order => 'ORDER', made_ms => $now, data => {to => 'support', score => 1, comment => 'x' x 100}, %$_}) }
        {channel => 'null', purpose => 'bench'}, {channel => 'smtp', purpose => 'support_score'};
    my (%line, $made);
    my $flush = sub {
        my ($shard) = @_;
        $t->redis('EVAL', $script, 2, (map { $t->shard_key($shard, $_) } qw(jobs queue)), $now, 10_000 * $made++, $later, $mail, @{delete $line{$shard}});
    };
    for my $id (1 .. $size / 4) {
        my $order = "$t->{store}/$id";
        my $shard = $t->shard($order);
        push @{$line{$shard}}, $order;
        $flush->($shard) if @{$line{$shard}} == 1000;
    }
    $flush->($_) for keys %line;
    $t->order($_) for 1 .. ($size ? 400 : 1);       # what the first of them want
    return;
}

sub metrics { my $answer = eval { $t->get('/metrics', port => $status) } // {}; return $answer->{body} // '' }

sub metric { my ($name) = @_; return metrics() =~ /^\Q$name\E(?:\{[^}]*\})? ([\d.]+)/m ? $1 : 0 }

# Jobs that were begun, and those of them that began in time.
sub started {
    my $text = metrics();
    my ($all) = $text =~ /^ordersave_worker_job_start_seconds_count (\d+)/m or return -1;
    my ($soon) = $text =~ /^ordersave_worker_job_start_seconds_bucket\{le="0\.05"\} (\d+)/m;
    return wantarray ? ($all, $soon) : $all;
}

# Jobs that are due and stand in no lane of a provider.
sub overdue { my $sum = 0; $sum += $t->redis('ZCOUNT', $t->shard_key($_, 'queue'), 0, int(time * 1000)) for 0 .. 15; return $sum }

# What Redis is asked by the worker in a second. What a script calls is not asked.
sub commands {
    my ($for) = @_;
    my $count = sub { my $sum = 0; $sum += $_ for $t->redis('INFO', 'commandstats') =~ /^cmdstat_(?:evalsha|mget):calls=(\d+)/mg; return $sum };
    my ($from, $at) = ($count->(), time);
    sleep $for;
    return ($count->() - $from) / (time - $at);
}

# A thousand a second come due, one each millisecond.
sub drained {
    my ($pid, $for) = @_;
    my $n = 16 * int(1000 * $for / 16);
    my ($before, $soon) = started();
    $t->fill($n, {channel => 'null', purpose => 'bench', data => {text => 'x' x 60}}, int((time + 5) * 1000), 16);
    my $cpu = cpu_seconds($pid);
    $t->wait_for('the jobs', sub { sleep 0.5; (started())[0] - $before >= $n }, sub { (started())[0] }) or die "jobs are left\n";
    $cpu = cpu_seconds($pid) - $cpu;
    my ($all, $then) = started();
    return (jobs => $all - $before, on_time => 100 * ($then - $soon) / ($all - $before), cpu => 1e6 * $cpu / $n);
}

sub most { my ($pid) = @_; open my $fh, '<', "/proc/$pid/status" or die; return (map { /^VmHWM:\s+(\d+)/ ? $1 : () } <$fh>)[0] }

sub show {
    my @ms;
    for my $turn (0 .. 9) {
        my $from = time;
        my ($status) = $t->ctl('order', 'show', "$t->{store}/1");
        die "order show: $status\n" if $status;
        push @ms, 1000 * (time - $from) if $turn;
    }
    return median(@ms);
}
