package Jobs;

# A worker of ours with a queue that is full, and how fast it works it off;
# the peers' by peers/queue.js. Either has core 0 for itself: Redis, and a mail
# server if there is one, have the other.

use strict;
use warnings;
use v5.30;

use parent 'OrderSave::Worker';

use Bench;
use JSON::PP;
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->canonical;

sub new {
    my ($class, %o) = @_;
    my $self = $class->SUPER::new(%o);
    $self->{socket} = $self->path('redis.sock');
    $self->{aof} = $o{aof};
    return $self;
}

# AOF as a shop has it (each second), or none.
sub start_redis {
    my ($self) = @_;
    $self->SUPER::start_redis(aof => $self->{aof}, args => ['--unixsocket', $self->{socket}, '--unixsocketperm', '700']);
    system "taskset -acp 1 $self->{pids}{redis} >/dev/null";
    return $self;
}

sub fresh_redis {
    my ($self) = @_;
    $self->kill_now('redis', 'KILL');
    system 'rm', '-rf', $self->path('redis');
    return $self->start_redis;
}

sub config {
    my ($self, %over) = @_;
    return $self->SUPER::config(redis => {socket => $self->{socket}}, %over);
}

# $n jobs, in all shards alike, eight of each order: due for a minute, or the
# first of a shard at $from, each $apart ms after the one before.
sub fill {
    my ($self, $n, $job, $from, $apart) = @_;
    state $script = <<'LUA';
        for i = 1, tonumber(ARGV[2]) do
            local id = string.format('job-%02d-%09d', ARGV[1], i)
            local order = ARGV[6 + math.ceil(i / 8)]
            local part = string.format('%02x', tonumber(string.sub(redis.sha1hex(order), 1, 2), 16) % 64)
            redis.call('HSET', KEYS[1] .. ':' .. part, id, string.format(ARGV[3], id, order))
            redis.call('ZADD', KEYS[2], ARGV[4] + i * ARGV[5], part .. id)
        end
LUA
    my $now = int(time * 1000);
    my $each = $n / 16;
    my (@orders, $full);
    for (my $id = 1; ($full // 0) < 16; $id++) {
        my $of = $orders[$self->shard("$self->{store}/$id")] //= [];
        next if @$of >= $each / 8;
        $self->order($id);
        push @$of, "$self->{store}/$id";
        $full++ if @$of >= $each / 8;
    }
    my $text = $json->encode({id => '%s', order => '%s', made_ms => $now, %$job});
    for my $shard (0 .. 15) {
        $self->redis('EVAL', $script, 2, (map { $self->shard_key($shard, $_) } qw(jobs queue)), $shard, $each, $text,
            $from ? $from + $shard : $now - 60_000, $apart // 1, '', @{$orders[$shard]});
    }
    return;
}

# How many are in all shards: due, or dead.
sub number {
    my ($self, $command, $of) = @_;
    my $script = "local n = 0 for _, k in ipairs(KEYS) do n = n + redis.call('$command', k) end return n";
    return $self->redis('EVAL', $script, 16, map { $self->shard_key($_, $of) } 0 .. 15);
}

sub due { return $_[0]->number('ZCARD', 'queue') }

# Ours: (jobs a second, CPU µs a job), between 10 and 90 % of them.
sub ours {
    my ($self, $n, $job) = @_;
    $self->fresh_redis;
    $self->fill($n, $job);
    $self->configure(%{$self->{over} // {}});
    my $pid = $self->spawn('worker', 'taskset', '-c', 0, $self->{worker}, '-c', $self->path('worker.json'));

    my (@at, @cpu);
    my $end = time + 300;
    while (@at < 2) {
        die "the worker does not get through:\n" . $self->log if time > $end;
        my $left = $self->due;
        if ($left <= (@at ? 0.1 : 0.9) * $n) {
            push @at, [time, $left];
            push @cpu, cpu_seconds($pid);
        }
        sleep 0.01;
    }
    $self->wait_for('the last job', sub { $self->due == 0 }, sub { $self->due }) or die "jobs are left\n";
    die "not all were done:\n" . $self->log if $self->number('HLEN', 'dead');
    my $done = $at[0][1] - $at[1][1];
    die "all at once: too few jobs to measure\n" if $done <= 0;
    $self->kill_now('worker', 'TERM');
    return ($done / ($at[1][0] - $at[0][0]), ($cpu[1] - $cpu[0]) / $done * 1e6);
}

sub end {
    my ($self) = @_;
    $self->kill_now($_) for keys %{$self->{pids}};
    return;
}

# A peer's queue: the same two.
sub theirs {
    my ($self, $peer, $n, @more) = @_;
    $self->fresh_redis;
    $self->redis('SET', 'bench:order', $json->encode($self->order(1)));
    my $out = `taskset -c 0 node bench/peers/queue.js $peer $n $self->{socket} @more`;
    die "$peer did not run\n" if $?;
    my $result = decode_json($out);
    return @$result{qw(per_s cpu_us)};
}

# Rounds of all, as rows for write_results().
sub compare_with {
    my ($self, $case, $metric, $rounds, %run) = @_;
    my (%rate, %cpu);
    for my $round (1 .. $rounds) {
        for my $who ($round % 2 ? sort keys %run : reverse sort keys %run) {
            my ($rate, $cpu) = $run{$who}->();
            push @{$rate{$who}}, $rate;
            push @{$cpu{$who}}, $cpu;
            printf "%s, round %d: %s %.0f/s, %.1f us of CPU\n", $case, $round, $who, $rate, $cpu;
        }
    }
    my @rows;
    for my $peer (grep { $_ ne 'ours' } sort keys %run) {
        push @rows, {case => $case, peer => $peer, metric => $metric,
            ours => median(@{$rate{ours}}), theirs => median(@{$rate{$peer}}),
            ratio => median(map { $rate{ours}[$_] / $rate{$peer}[$_] } 0 .. $rounds - 1)};
        push @rows, {case => $case, peer => $peer, metric => 'cpu_us_per_job', compare($cpu{ours}, $cpu{$peer})};
    }
    return @rows;
}

1;
