#!/usr/bin/env perl

# How fast a worker gets mails out, from the job that is due to the server's
# word that it has them: a server that answers at once (fast), and one that
# takes 20 ms for each mail (slow20ms). All have 64 connections. Ours are
# rendered from a template, in text and HTML, with a Message-ID that stays; the
# peer's, of the same size, are BullMQ's jobs that nodemailer sends.

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib", "$FindBin::Bin/../demo/lib";

use Bench;
use Getopt::Long qw(GetOptions);
use Jobs;

GetOptions('quick' => \my $quick) or die "usage: ./build.sh bench mail [--quick]\n";

my $rounds = $quick ? 1 : 5;
my $mails = $quick ? 4_800 : 16_000;
my $build = "$FindBin::Bin/../build/bench";
my @rows;

system 'mkdir', '-p', $build;
system('cc', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-pthread', '-o', "$build/sink", "$FindBin::Bin/sink.c") == 0
    or die "no sink\n";

for my $case ($quick ? 'slow20ms' : qw(fast slow20ms)) {
    my $t = Jobs->new(aof => 1);
    my $port = OrderSave::Nginx::free_port();
    $t->start(no_worker => 1);
    $t->spawn('taker', 'taskset', '-c', 1, "$build/sink", $port, $case eq 'fast' ? 0 : 20);
    $t->{over} = {smtp => {host => '127.0.0.1', port => $port, starttls => 'never', connections => 64, timeout => '30s'}};
    my %job = (channel => 'smtp', purpose => 'support_score',
               data => {to => 'support', score => 1, comment => 'words of the customer ' x 25});
    push @rows, $t->compare_with($case, 'mails_per_s', $rounds,
        ours => sub { $t->ours($mails, \%job) },
        'bullmq-nodemailer' => sub { $t->theirs('bullmq', $mails, $port) });
    $t->end;
}
write_results('mail', $rounds, @rows);
