#!/usr/bin/env perl

# How fast a worker gets mails out, from the job that is due to the server's
# word that it has them: a server that answers at once (fast), and one that
# takes 20 ms for each mail (slow20ms). All have 64 connections. Ours are
# rendered from templates, in text and HTML, with a Message-ID that stays; the
# peer's, of the same size and ready-made, are BullMQ's jobs that read the same
# record and are sent by nodemailer.

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib", "$FindBin::Bin/../demo/lib";

use Bench;
use IO::Socket::INET;
use Jobs;

my $quick = {words('mail', [])}->{quick};

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
    $t->wait_for('the mail server', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) });
    $t->{over} = {smtp => {host => '127.0.0.1', port => $port, starttls => 'never', connections => 64, timeout => '30s'}};
    my %job = (channel => 'smtp', purpose => 'support_score',
               data => {to => 'support', score => 1, comment => 'words of the customer ' x 25});
    push @rows, $t->compare_with($case, 'mails_per_s', $rounds,
        ours => sub { each_once($port, sub { $t->ours($mails, \%job) }) },
        'bullmq-nodemailer' => sub { each_once($port, sub { $t->theirs('bullmq', $mails, $port) }) });
    $t->end;
}
write_results('mail', $rounds, @rows);

# All of them have come to the server, each once.
sub each_once {
    my ($port, $run) = @_;
    my $before = taken($port);
    my @figures = $run->();
    my $came = taken($port) - $before;
    die "$came of $mails mails have come\n" if $came != $mails;
    return @figures;
}

sub taken {
    my ($port) = @_;
    my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "the mail server is gone\n";
    <$server>;
    print $server "NOOP\r\n";
    $server->flush;
    return (split ' ', <$server>)[1];
}
