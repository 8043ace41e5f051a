#!/usr/bin/env perl

# How fast a worker gets through jobs that send nothing, and what each costs it:
# taken when due, the order's record and decision read, handed to a channel that
# does nothing, settled with a fence. The peers' jobs read the same record. Redis
# by a unix socket; its AOF as a shop has it (everysec), or none.
#
#   facts         what the facts of orders cost: buyers' events, each of which is
#                 worth counting, with facts written and without; CPU of worker
#                 and Redis together. ratio = without / with.

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib", "$FindBin::Bin/../demo/lib";

use Bench;
use JSON::PP;
use Jobs;
use Time::HiRes qw(sleep time);

my ($quick, $only) = {words('worker', [qw(everysec aof-off facts)])}->@{qw(quick case)};

my $rounds = $quick ? 1 : 5;
my $jobs = $quick ? 48_000 : 96_000;
my @rows;

for my $case ($quick ? 'everysec' : qw(everysec aof-off)) {
    next if $only && $only ne $case;
    my $t = Jobs->new(aof => $case eq 'everysec');
    $t->start(no_worker => 1);
    my %job = (channel => 'null', purpose => 'bench', data => {text => 'x' x 60});
    push @rows, $t->compare_with($case, 'jobs_per_s', $rounds,
        ours => sub { $t->ours($jobs, \%job) },
        map { my $peer = $_; ($peer => sub { $t->theirs($peer, $jobs) }) } qw(bullmq bee-queue));
    $t->end;
}
push @rows, facts($quick ? 24_000 : 96_000) if !$only || $only eq 'facts';
write_results('worker', $rounds, @rows);

# Events of buyers who meet a page, ten of each order: CPU seconds of worker and
# Redis until all are taken in.
sub taken_in {
    my ($t, $n, $facts) = @_;
    my $json = JSON::PP->new->canonical;
    $t->fresh_redis;
    $t->configure(facts => $facts ? {} : JSON::PP::false);
    my %shard;
    for my $id (1 .. $n / 10) {
        $t->order($id);
        push @{$shard{$t->shard("$t->{store}/$id")}}, map { $json->encode({id => "e$id-$_", kind => 'exposed', order => "$t->{store}/$id",
            at_ms => int(time * 1000) - 60_000 + $_, arm => 'treatment', experiment => 'x', locale => 'en', mode => 'on', offers => [qw(ten less)]}) } 1 .. 10;
    }
    for my $shard (keys %shard) {
        my $key = $t->shard_key($shard, 'ev');
        $t->redis('EVAL', "for i = 2, #ARGV do redis.call('XADD', KEYS[1], '*', 'e', ARGV[i]) end", 1, $key, '', splice @{$shard{$shard}}, 0, 1000)
            while @{$shard{$shard}};
    }
    my $redis = cpu_seconds($t->{pids}{redis});
    my $pid = $t->spawn('worker', 'taskset', '-c', 0, $t->{worker}, '-c', $t->path('worker.json'));
    $t->wait_for('all events', sub { sleep 0.05; $t->number('XLEN', 'ev') == 0 }) or die "events are left\n";
    my $spent = cpu_seconds($pid) + cpu_seconds($t->{pids}{redis}) - $redis;
    my $written = $t->number('XLEN', 'facts');
    die "$written facts of $n events\n" if $facts ? $written < $n / 10 : $written;
    $t->kill_now('worker', 'TERM');
    return $spent;
}

sub facts {
    my ($n) = @_;
    my $t = Jobs->new(aof => 1);
    $t->start(no_worker => 1);
    my %cpu;
    for my $round (0 .. $rounds + 1) {
        for my $with ($round % 2 ? (0, 1) : (1, 0)) {
            my $spent = taken_in($t, $n, $with);
            next unless $round;     # the first warms up
            push @{$cpu{$with}}, $spent / $n * 1e6;
            printf "facts, round %d: %s, %.1f us of CPU an event\n", $round, $with ? 'with' : 'without', $cpu{$with}[-1];
        }
    }
    $t->end;
    return {case => 'facts', peer => 'without', metric => 'cpu_us_per_event', compare($cpu{1}, $cpu{0})};
}
