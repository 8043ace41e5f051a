#!/usr/bin/env perl

# How fast a worker gets through jobs that send nothing, and what each costs it:
# taken when due, the order's record and decision read, handed to a channel that
# does nothing, settled with a fence. The peers' jobs read the same record. Redis
# by a unix socket; its AOF as a shop has it (everysec), or none.

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib", "$FindBin::Bin/../demo/lib";

use Bench;
use Jobs;

my $quick = {words('worker', [])}->{quick};

my $rounds = $quick ? 1 : 5;
my $jobs = $quick ? 48_000 : 96_000;
my @rows;

for my $case ($quick ? 'everysec' : qw(everysec aof-off)) {
    my $t = Jobs->new(aof => $case eq 'everysec');
    $t->start(no_worker => 1);
    my %job = (channel => 'null', purpose => 'bench', data => {text => 'x' x 60});
    push @rows, $t->compare_with($case, 'jobs_per_s', $rounds,
        ours => sub { $t->ours($jobs, \%job) },
        map { my $peer = $_; ($peer => sub { $t->theirs($peer, $jobs) }) } qw(bullmq bee-queue));
    $t->end;
}
write_results('worker', $rounds, @rows);
