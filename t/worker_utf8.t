# A buyer whose address is not ASCII before the @: a mail server that speaks
# SMTPUTF8 gets the mail, another one does not, and that is told as such.

use strict;
use warnings;
use v5.30;
use utf8;
use lib 't/lib';

use Encode qw(decode);
use Test::More;
use OrderSave::Worker;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

sub shop {
    my (@sink) = @_;
    return OrderSave::Worker->new->start(sink => \@sink);
}
sub buyer { my ($t, $email) = @_; return $t->buy(customer => 'ada', billing => {email => $email, first_name => 'Ada'}) }
sub mail_of { my ($t, $o) = @_; $t->accept($o); return ($t->mails(1, subject => "applied $o->{order}{number}"))[0] }

my $t = shop();
my $mail = mail_of($t, buyer($t, 'adä@bücher.example'));
is decode('UTF-8', $mail->{to}[0]), 'adä@xn--bcher-kva.example', 'the server that speaks it has the mail';
$mail = mail_of($t, buyer($t, 'ada@bücher.example'));
ok $mail, 'an address that needs IDNA alone';
$mail = mail_of($t, buyer($t, '用户@例子.example'));
ok $mail, 'and one of other letters';
is_deeply $t->all('dead'), {}, 'nothing is left over';
$t->kill_now('worker');
$t->{sink}->stop;
$t->stop;

$t = shop('--ascii');
my $o = buyer($t, 'adä@shop.example');
$t->accept($o);
ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} }), 'a server that does not speak it';
my ($dead) = values %{$t->all('dead')};
is $dead->{why}, "the recipient's address is not ASCII, and the mail server does not take such (SMTPUTF8)", '  is not asked to, and that is told';
ok mail_of($t, buyer($t, 'ada@bücher.example')), 'others get theirs';
unlike $t->log, qr/times in a row/, '  the server works';

$t->kill_now('worker');
$t->stop;
done_testing;
